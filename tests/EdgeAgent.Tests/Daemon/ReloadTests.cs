using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Daemon.Running;
using EdgeAgent.Daemon.Threading;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>The configuration read anew: all of it or nothing.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-reload-").FullName;
    private readonly StringWriter _log = new();
    private readonly InputQueue _queue = new();
    private readonly JournalObserver _observer;

    public ReloadTests() => _observer = new JournalObserver(_log, Severity.Info, isJson: false, isJournal: true, TimeProvider.System);

    private string ConfigurationFile => Path.Combine(_folder, "agent.conf");

    [Fact]
    public void What_may_change_reaches_the_loop_and_the_rest_is_named_until_a_restart()
    {
        var reload = Begin("[Node]\nStateDirectory=.\n[Broker]\nUrl=mqtt://a\n");

        Write("[Node]\nStateDirectory=.\nLabels=zone=b\nCapacity=cpu=3\n[Broker]\nUrl=mqtt://b\n[Log]\nLevel=error\n");
        var (taken, left) = reload.Do();

        Assert.Equal([Options.Labels, Options.Capacity, Options.Level], taken);
        Assert.Equal([Options.Url], left);
        Assert.Equal(Severity.Error, _observer.Least);
        var changed = Assert.IsType<OptionsChanged>(Next());
        Assert.Equal(("b", 3000), (changed.Labels["zone"], changed.Capacity.Cpu.Value));

        var (again, stillLeft) = reload.Do();
        Assert.Empty(again);
        Assert.Equal([Options.Url], stillLeft);
    }

    [Fact]
    public void A_wrong_file_changes_nothing()
    {
        var reload = Begin("[Node]\nStateDirectory=.\nLabels=zone=a\n");

        Write("[Node]\nStateDirectory=.\nLabels=zone=b\nCapacity=cpu=many\n");
        var refused = Assert.Throws<ConfigurationException>(() => reload.Do());

        Assert.Contains("agent.conf:4", Assert.Single(refused.Faults), StringComparison.Ordinal);
        Assert.Contains("<3>ReloadRefused: ", _log.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _queue.Count);
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _log.Dispose();
    }

    private Reload Begin(string text)
    {
        Write(text);
        return new Reload(Read(), Read, _observer, _queue);
    }

    private AgentConfiguration Read() => ConfigurationReader.Read(ConfigurationFile, new Dictionary<string, string>());

    private void Write(string text) => File.WriteAllText(ConfigurationFile, text);

    private NodeInput Next()
    {
        var inputs = new List<NodeInput>();
        _queue.Take(inputs, TimeSpan.FromSeconds(30));
        return Assert.Single(inputs);
    }
}
