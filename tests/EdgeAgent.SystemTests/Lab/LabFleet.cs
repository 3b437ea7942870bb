using System.Globalization;
using System.Net;
using System.Text;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>
/// A fleet of devices (tests/lab/fleet.sh): containers booted by systemd, each with the packaged agent, on a network of their own with a real Mosquitto.
/// Everything that it starts it ends, also when a test fails.
/// </summary>
internal sealed class LabFleet : Fleet
{
    private const int Lacking = 77;

    private static readonly string Script = Artifacts.RepositoryFile("tests/lab/fleet.sh");

    private readonly Dictionary<string, string> _variables;
    private readonly string _folder;

    private LabFleet(string folder, int nodes, string? rootFileSystem)
        : base(Enumerable.Range(1, nodes).Select(n => $"n{n}"), new Stamps(Path.Combine(folder, "share", "stamps")))
    {
        _folder = folder;
        _variables = new Dictionary<string, string> { ["EDGE_LAB"] = folder, ["LAB_ROOT"] = rootFileSystem ?? "/", ["EDGEAGENT_ARTIFACTS"] = Path.GetDirectoryName(Artifacts.EdgeAgent)! };
    }

    public override string KeyFile => Path.Combine(_folder, "operator.key");

    public override IPEndPoint Broker => new(IPAddress.Parse($"{File.ReadAllText(Path.Combine(_folder, "net")).Trim()}.254"), 1883);

    /// <summary>Boots so many, named n1, n2, …; skips the test where that can't be done, with the reason.</summary>
    public static async Task<LabFleet> UpAsync(int nodes, string? rootFileSystem = null)
    {
        var fleet = new LabFleet(Path.Combine("/run", $"edge-lab-{Guid.NewGuid():n}"), nodes, rootFileSystem);
        var up = await fleet.ScriptAsync("up", $"{nodes}");
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

    /// <summary>A second broker, bridged with the first, to which these devices go over; operators' tools stay at the first.</summary>
    public Task BridgeAsync(params string[] nodes) => DoAsync(["bridge", .. nodes]);

    /// <summary>Nothing passes between the two brokers, and neither is told.</summary>
    public Task CutBridgeAsync() => DoAsync("bridge-cut");

    public Task HealBridgeAsync() => DoAsync("bridge-heal");

    /// <summary>A file that all devices see under the same path.</summary>
    public string Share(string name) => Path.Combine(_folder, "share", name);

    /// <summary>More work, whose stamps are apart from the others'.</summary>
    public Stamps Work(string name) => new(Path.Combine(_folder, "share", $"stamps-{name}"));

    public override Task<CommandResult> RunAsync(string node, params string[] command) => ScriptAsync(["run", node, .. command]);

    /// <summary>All units of work that systemd has loaded, whatever became of them.</summary>
    public override async Task<IReadOnlyList<WorkProcess>> KeptAsync()
    {
        List<WorkProcess> kept = [];
        foreach (var node in Nodes)
        {
            var shown = (await RunAsync(node, "systemctl", "show", "edge-*.service", "--property=Id,MainPID")).Succeeded().Output;
            foreach (var unit in shown.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            {
                var values = unit.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
                var slot = Path.GetFileNameWithoutExtension(values["Id"])["edge-".Length..];
                kept.Add(new WorkProcess(node, $"{slot[..slot.LastIndexOf('-')]}/{slot[(slot.LastIndexOf('-') + 1)..]}", int.Parse(values["MainPID"], CultureInfo.InvariantCulture)));
            }
        }

        return kept;
    }

    public override string StateOf(string node) => "/var/lib/edgeagent";

    public override Task KillAgentAsync(string node) => DoAsync("agent", "kill", node);

    public override Task StartAgentAsync(string node) => DoAsync("agent", "start", node);

    public override async Task<int> AgentPidAsync(string node) => int.Parse((await ScriptAsync("agent", "pid", node)).Succeeded().Output, CultureInfo.InvariantCulture);

    public override Task StopBrokerAsync(bool kill) => BrokerAsync(kill ? "kill" : "stop");

    public override Task StartBrokerAsync(bool empty) => BrokerAsync(empty ? "empty" : "start");

    public Task<CommandResult> JournalAsync(string node, params string[] arguments) => ScriptAsync(["journal", node, .. arguments]);

    public Task PutAsync(string node, string file, string path) => DoAsync("put", node, file, path);

    public Task GetAsync(string node, string path, string file) => DoAsync("get", node, path, file);

    /// <summary>For whoever wants to know why a test failed: what the fleet says of itself, what the brokers keep, and the agents' journals.</summary>
    public async Task<string> TellAsync()
    {
        var told = new StringBuilder();
        foreach (var question in (string[][])[["get", "nodes"], ["get", "slots", "-o", "wide"], ["why", "--all"]])
        {
            Add(string.Join(' ', question), await AskAsync(question));
        }

        foreach (var port in (string[])["1883", "1884"])
        {
            Add($"kept by the broker at port {port}", await Command.RunAsync("mosquitto_sub", ["-h", $"{Broker.Address}", "-p", port, "-t", "#", "-F", "%t %l", "--retained-only", "-W", "3"], new Dictionary<string, string>()));
        }

        foreach (var node in Nodes)
        {
            Add($"journal of {node}", await JournalAsync(node, "-u", "edgeagent", "-o", "short-precise", "--since", "-3min"));
        }

        return $"{told}";

        void Add(string title, CommandResult said) => told.AppendLine(CultureInfo.InvariantCulture, $"== {title}").AppendLine(said.Output.TrimEnd()).AppendLine(said.Errors.TrimEnd());
    }

    /// <summary>Applies a manifest and waits until all of it runs.</summary>
    public async Task PlaceAsync(string manifest) => (await ApplyAsync(manifest, "--wait", "--timeout", "60s")).Succeeded();

    public override Task DownAsync() => DoAsync("down");

    public override async ValueTask DisposeAsync() => await ScriptAsync("down");

    protected override Task<CommandResult> CtlAsync(string? input, string[] arguments) => Command.RunAsync(Script, ["ctl", .. arguments], _variables, input);

    protected override async Task<string> LogAsync(string node) => (await JournalAsync(node, "-u", "edgeagent", "-n", "60", "-q")).Output;

    private async Task DoAsync(params string[] arguments) => (await ScriptAsync(arguments)).Succeeded();

    private Task<CommandResult> ScriptAsync(params string[] arguments) => Command.RunAsync(Script, arguments, _variables);
}
