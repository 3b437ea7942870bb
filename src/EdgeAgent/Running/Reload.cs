using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Daemon.Machine;
using EdgeAgent.Daemon.Verbs;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Running;

/// <summary>Reads the configuration anew while the agent runs.</summary>
public interface IReload
{
    /// <summary>
    /// Which changed options were taken up, and which changes wait for a restart. Throws <see cref="ConfigurationException"/>: then the agent goes on with
    /// what it has.
    /// </summary>
    (IReadOnlyList<Option> Taken, IReadOnlyList<Option> AtRestart) Do();
}

/// <param name="begun">What the agent was started with.</param>
/// <param name="read">Reads the files and variables.</param>
/// <param name="observer">What is told at which level changes at once.</param>
/// <param name="sink">The loop hears of the rest.</param>
public sealed class Reload(AgentConfiguration begun, Func<AgentConfiguration> read, JournalObserver observer, IInputSink sink) : IReload
{
    private readonly Lock _gate = new();
    private AgentConfiguration? _last;

    public (IReadOnlyList<Option> Taken, IReadOnlyList<Option> AtRestart) Do()
    {
        lock (_gate)
        {
            var next = Read();
            var taken = Changed(_last ?? begun, next).Where(o => o.IsReloaded).ToList();

            // Against the start, not the last reload: until the restart they wait.
            var left = Changed(begun, next).Where(o => !o.IsReloaded).ToList();
            _last = next;
            observer.Least = next.LogLevel;
            sink.Post(new OptionsChanged(next.CapacityOf(MachineFacts.Read(begun.StateDirectory)), next.Labels, next.Taints));
            observer.Tell(Severity.Info, "Reloaded", begun.File, "", $"the configuration was read anew; taken: {Names(taken)}; at the next restart: {Names(left)}");
            return (taken, left);
        }
    }

    private AgentConfiguration Read()
    {
        try
        {
            return read();
        }
        catch (ConfigurationException e)
        {
            Refuse(string.Join("; ", e.Faults));
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Refuse(SystemWords.Of(e));
            throw new ConfigurationException([SystemWords.Of(e)]);
        }
    }

    private void Refuse(string why) =>
        observer.Tell(Severity.Error, "ReloadRefused", begun.File, "", $"the configuration was not taken, and the agent goes on with what it has: {why}");

    private static IEnumerable<Option> Changed(AgentConfiguration before, AgentConfiguration after) => Options.All.Where((_, i) => before.Texts[i] != after.Texts[i]);

    private static string Names(List<Option> options) => options.Count == 0 ? "none" : string.Join(", ", options.Select(o => $"[{o.Section}] {o.Name}"));
}
