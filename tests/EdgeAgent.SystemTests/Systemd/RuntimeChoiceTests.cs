using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>What is configured and can't be had is refused, and never quietly replaced.</summary>
public sealed class RuntimeChoiceTests : IDisposable
{
    private const int WrongConfiguration = 78;

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-runtime").FullName;

    [Fact]
    public async Task Systemd_is_refused_where_it_is_not_and_auto_says_why_it_is_not_taken()
    {
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd is this machine's first process");
        var run = await AgentAsync("run", "systemd");
        Assert.Equal(WrongConfiguration, run.ExitCode);
        Assert.Contains("[Runtime] Kind=systemd can't be had: this machine was not booted by systemd", run.Errors, StringComparison.Ordinal);
        Assert.Contains("Kind=auto takes plain processes here", run.Errors, StringComparison.Ordinal);

        var doctor = await AgentAsync("doctor", "auto");
        Assert.Matches(@"ok +runtime +process: .*auto: this machine was not booted by systemd", doctor.Output);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<CommandResult> AgentAsync(string verb, string kind)
    {
        var file = Path.Combine(_folder, "agent.conf");
        await File.WriteAllTextAsync(file, $"[Node]\nName=n1\nStateDirectory=state\nRuntimeDirectory=run\n[Runtime]\nKind={kind}\n", TestContext.Current.CancellationToken);
        return await Command.RunAsync(Artifacts.EdgeAgent, [verb, "--config", file], new Dictionary<string, string>());
    }
}
