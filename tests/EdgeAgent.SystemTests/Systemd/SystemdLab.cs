using System.Diagnostics;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>A container whose first process is a real systemd (tests/lab/systemd-container.sh); it shares this machine's network and the folder <see cref="Share"/>.</summary>
public sealed class SystemdLab : IAsyncLifetime
{
    private const int Lacking = 77;

    private string _root = "";
    private string _hindrance = "";

    /// <summary>Seen under this name on both sides.</summary>
    public string Share => Path.Combine(_root, "share");

    /// <summary>The published agent, as the container sees it: what lies in this machine's /tmp isn't there.</summary>
    public string EdgeAgent => Path.Combine(Share, "bin", "edgeagent");

    private string Folder => Path.Combine(_root, "lab");

    private static string Script => Artifacts.RepositoryFile("tests/lab/systemd-container.sh");

    public async ValueTask InitializeAsync()
    {
        _root = Directory.CreateTempSubdirectory("edge-lab").FullName;
        // Also for users of the container that aren't root.
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        var programs = Directory.CreateDirectory(Path.Combine(Share, "bin")).FullName;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(Artifacts.EdgeAgent)!).Where(f => Path.GetFileName(f) != "edgectl"))
        {
            File.Copy(file, Path.Combine(programs, Path.GetFileName(file)));
        }

        var booted = await Command.RunAsync(Script, ["boot", Folder], new Dictionary<string, string> { ["LAB_SHARE"] = Share, ["LAB_PROGRAMS"] = AppContext.BaseDirectory.TrimEnd('/') });
        if (booted.ExitCode == Lacking)
        {
            _hindrance = booted.Errors.Trim();
            return;
        }

        booted.Succeeded();
    }

    /// <summary>Skips the test where the container can't be had, with the reason.</summary>
    public void Require() => Assert.SkipWhen(_hindrance.Length > 0, _hindrance);

    internal Task<CommandResult> RunAsync(params string[] command) => Command.RunAsync(Script, ["enter", Folder, .. command], new Dictionary<string, string>());

    /// <summary>A command inside that is spoken with for as long as it runs.</summary>
    internal Process Begin(params string[] command) => Process.Start(new ProcessStartInfo(Script, ["enter", Folder, .. command]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>A broker on this machine, whose files the container sees.</summary>
    internal async Task<GuardedBroker> BrokerAsync()
    {
        Require();
        return await GuardedBroker.StartAsync(b => [$"listener {b.Port} 127.0.0.1", "allow_anonymous true"], Share);
    }

    /// <summary>A broker, and in the container an agent of this name as a transient unit.</summary>
    internal async Task<GuardedBroker> StartAsync(string node, params string[] more)
    {
        var fleet = await BrokerAsync();
        var configuration = fleet.ConfigureOn("systemd", node);
        GuardedBroker.AddTo(configuration, more);
        (await RunAsync(
            "systemd-run", $"--unit=agent-{node}", "-p", "KillMode=process", "-p", "Restart=always", "-p", "RestartSec=100ms", EdgeAgent, "run", "--config", configuration)).Succeeded();
        return fleet;
    }

    internal static Task<CommandResult> CtlAsync(GuardedBroker fleet, string input, params string[] arguments) =>
        fleet.CtlAsync(input, ["--broker", $"mqtt://127.0.0.1:{fleet.Port}", "--key", fleet.KeyFile, .. arguments]);

    /// <summary>A unit's properties, as systemctl show gives them.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> ShowAsync(string unit, params string[] properties) =>
        (await RunAsync("systemctl", "show", unit, "-p", string.Join(',', properties))).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

    /// <summary>Names of all loaded units of work of these nodes.</summary>
    internal async Task<IReadOnlyList<string>> UnitsAsync(string node) =>
        [.. (await RunAsync("systemctl", "list-units", "--all", "--plain", "--no-legend", $"edge-default_{node}_*")).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])];

    public async ValueTask DisposeAsync()
    {
        if (_hindrance.Length == 0)
        {
            await Command.RunAsync(Script, ["end", Folder], new Dictionary<string, string>());
        }

        Directory.Delete(_root, recursive: true);
    }
}
