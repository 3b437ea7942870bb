using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>
/// A fleet of devices (tests/lab/fleet.sh): containers booted by systemd, each with the packaged agent, on a network of their own with a real Mosquitto.
/// Everything that it starts it ends, also when a test fails.
/// </summary>
internal sealed class LabFleet : IAsyncDisposable
{
    private const int Lacking = 77;
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> _variables;
    private readonly string _folder;

    private LabFleet(string folder, string? rootFileSystem)
    {
        _folder = folder;
        _variables = new Dictionary<string, string> { ["EDGE_LAB"] = folder, ["LAB_ROOT"] = rootFileSystem ?? "/", ["EDGEAGENT_ARTIFACTS"] = Path.GetDirectoryName(Artifacts.EdgeAgent)! };
    }

    /// <summary>Boots so many, named n1, n2, …; skips the test where that can't be done, with the reason.</summary>
    public static async Task<LabFleet> UpAsync(int nodes, string? rootFileSystem = null)
    {
        var fleet = new LabFleet(Path.Combine("/run", $"edge-lab-{Guid.NewGuid():n}"), rootFileSystem);
        var up = await fleet.AskAsync("up", $"{nodes}");
        Assert.SkipWhen(up.ExitCode == Lacking, up.Errors.Trim());
        if (up.ExitCode != 0)
        {
            await fleet.DisposeAsync();
        }

        up.Succeeded();
        await fleet.OnlineAsync(nodes);
        return fleet;
    }

    public Task PartitionAsync(params string[] nodes) => DoAsync(["partition", .. nodes]);

    public Task HealAsync(params string[] nodes) => DoAsync(["heal", .. nodes]);

    /// <summary>Its power is cut.</summary>
    public Task KillAsync(params string[] nodes) => DoAsync(["kill", .. nodes]);

    public Task OffAsync(params string[] nodes) => DoAsync(["off", .. nodes]);

    /// <summary>Boots it again, with the disk that it had.</summary>
    public Task OnAsync(params string[] nodes) => DoAsync(["on", .. nodes]);

    public Task PauseAsync(params string[] nodes) => DoAsync(["pause", .. nodes]);

    public Task ResumeAsync(params string[] nodes) => DoAsync(["resume", .. nodes]);

    /// <summary>The agent's wall clock; the processes of its work keep theirs.</summary>
    public Task ClockJumpAsync(string node, TimeSpan by) => DoAsync("clock-jump", node, $"{(long)by.TotalSeconds}");

    /// <summary><c>stop</c>, <c>kill</c>, <c>start</c> or <c>empty</c>.</summary>
    public Task BrokerAsync(string act) => DoAsync("broker", act);

    /// <summary>On a device, as root.</summary>
    public Task<CommandResult> RunAsync(string node, params string[] command) => AskAsync(["run", node, .. command]);

    public Task<CommandResult> JournalAsync(string node, params string[] arguments) => AskAsync(["journal", node, .. arguments]);

    public Task PutAsync(string node, string file, string path) => DoAsync("put", node, file, path);

    public Task GetAsync(string node, string path, string file) => DoAsync("get", node, path, file);

    /// <summary>edgectl, with the lab's broker and key.</summary>
    public Task<CommandResult> CtlAsync(params string[] arguments) => AskAsync(["ctl", .. arguments]);

    /// <summary>Applies a manifest and waits until all of it runs.</summary>
    public async Task ApplyAsync(string manifest) =>
        (await Command.RunAsync(Artifacts.RepositoryFile("tests/lab/fleet.sh"), ["ctl", "apply", "-f", "-", "--wait", "--timeout", "60s"], _variables, manifest)).Succeeded();

    /// <summary>Waits until so many are online, and no more.</summary>
    public Task OnlineAsync(int nodes) => Eventually.Is(
        async () => (await CtlAsync("get", "nodes")).Output, o => o.Split('\n').Count(l => l.Contains(" online ", StringComparison.Ordinal)) == nodes, OnlineWithin, o => o, $"{nodes} devices online");

    public async Task<IReadOnlyList<SlotItem>> SlotsAsync() => Answer.Read<SlotItem>((await CtlAsync("get", "slots", "-o", "json")).Succeeded().Output);

    /// <summary>What there is to know when something went wrong: every device's own words.</summary>
    public async Task<string> EvidenceAsync()
    {
        var words = new List<string> { (await CtlAsync("get", "nodes")).Output, (await CtlAsync("get", "slots", "--all")).Output };
        foreach (var node in Directory.GetDirectories(Path.Combine(_folder, "nodes")).Select(Path.GetFileName).Order(StringComparer.Ordinal))
        {
            words.Add($"== {node}\n{(await JournalAsync(node!, "-u", "edgeagent", "-n", "60", "-q")).Output}");
        }

        return string.Join('\n', words);
    }

    public async ValueTask DisposeAsync() => await AskAsync("down");

    private async Task DoAsync(params string[] arguments) => (await AskAsync(arguments)).Succeeded();

    private Task<CommandResult> AskAsync(params string[] arguments) => Command.RunAsync(Artifacts.RepositoryFile("tests/lab/fleet.sh"), arguments, _variables);
}
