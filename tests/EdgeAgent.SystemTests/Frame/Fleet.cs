using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

public enum BrokerKind
{
    Embedded,
    Mosquitto,
}

/// <summary>
/// A fleet of published binaries in a folder of its own: <c>edgectl up</c>, or Mosquitto with the packaged configuration and the same agents. What is left at the end is a failure.
/// </summary>
internal sealed partial class Fleet : IAsyncDisposable
{
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> _variables;
    private readonly Dictionary<int, Process> _agents = [];
    private Process? _mosquitto;

    private Fleet(BrokerKind broker, int nodes, bool keep)
    {
        Keep = keep;
        Broker = broker;
        Nodes = nodes;
        Root = Directory.CreateTempSubdirectory("edge-fleet").FullName;
        Port = Ports.Free();
        _variables = new() { ["XDG_CONFIG_HOME"] = Path.Combine(Root, "config"), ["EDGEAGENT_BINARY"] = Artifacts.EdgeAgent };
        Stamps = new Stamps(Path.Combine(Root, "stamps"));
    }

    public BrokerKind Broker { get; }

    public int Nodes { get; }

    /// <summary>Whether the agents outlive a polite end of <c>edgectl up</c>, so that its broker can be stopped alone.</summary>
    public bool Keep { get; }

    public string Root { get; }

    public int Port { get; }

    public string Folder => Path.Combine(Root, "fleet");

    public Stamps Stamps { get; }

    public string KeyFile => Path.Combine(Folder, "operator.key");

    // Of Mosquitto there is no context, so the key is named.
    private string[] Target => Broker == BrokerKind.Embedded
        ? ["--broker", $"mqtt://127.0.0.1:{Port}"]
        : ["--broker", $"mqtt://127.0.0.1:{Port}", "--key", KeyFile];

    /// <param name="broker">Which one.</param>
    /// <param name="nodes">How many agents.</param>
    /// <param name="keep">Whether agents outlive a polite end of <c>edgectl up</c>.</param>
    /// <param name="options">Of Mosquitto's agents: a drop-in of agent.conf.</param>
    public static async Task<Fleet> StartAsync(BrokerKind broker, int nodes, bool keep = false, string options = "")
    {
        var fleet = new Fleet(broker, nodes, keep);
        try
        {
            await fleet.UpAsync();
            if (broker == BrokerKind.Mosquitto)
            {
                await fleet.MoveToMosquittoAsync(options);
            }

            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs edgectl; verbs about the fleet find its broker by its URL alone.</summary>
    public Task<CommandResult> CtlAsync(params string[] arguments) => Command.RunAsync(Artifacts.EdgeCtl, arguments, _variables);

    /// <summary>Asks one agent over its own socket.</summary>
    public Task<CommandResult> AgentAsync(int node, params string[] arguments) =>
        Command.RunAsync(Artifacts.EdgeAgent, [.. arguments, "--config", Path.Combine(Folder, $"node-{node}", "agent.conf")], _variables);

    public Task<CommandResult> AskAsync(params string[] arguments) => CtlAsync([.. Target, .. arguments]);

    public Task<CommandResult> ApplyAsync(string manifest, params string[] more) =>
        Command.RunAsync(Artifacts.EdgeCtl, [.. Target, "apply", "-f", "-", .. more], _variables, manifest);

    public async Task<IReadOnlyList<SlotItem>> SlotsAsync() => Answer.Read<SlotItem>((await AskAsync("get", "slots", "-o", "json")).Succeeded().Output);

    public async Task<IReadOnlyList<NodeItem>> NodesAsync() => Answer.Read<NodeItem>((await AskAsync("get", "nodes", "-o", "json")).Succeeded().Output);

    /// <summary>Waits until this many slots of the workload run on nodes that are online.</summary>
    public Task<IReadOnlyList<SlotItem>> RunningAsync(string workload, int count, TimeSpan within, Func<SlotItem, bool>? also = null) => Eventually.Is(
        SlotsAsync,
        slots => slots.Count(s => s.Workload == workload && s.Phase == "running" && (also is null || also(s))) == count,
        within,
        slots => string.Join("; ", slots.Select(s => $"{s.Index} {s.Phase} on {s.Node}")),
        $"{count} slots of {workload} running");

    public int BrokerPid => _mosquitto?.Id ?? ReadPid("up.pid");

    public int AgentPid(int node) => _agents.TryGetValue(node, out var agent) ? agent.Id : ReadPid(Path.Combine($"node-{node}", "agent.pid"));

    /// <summary>Stops the broker, politely or with kill -9, and the broker alone.</summary>
    public async Task StopBrokerAsync(bool kill)
    {
        if (Broker == BrokerKind.Mosquitto)
        {
            await StopMosquittoAsync(kill);
            return;
        }

        using var up = Process.GetProcessById(BrokerPid);
        (await Command.RunAsync("/bin/kill", [kill ? "-KILL" : "-TERM", $"{up.Id}"], _variables)).Succeeded();
        await up.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Starts the broker, with what it had stored or with nothing.</summary>
    public async Task StartBrokerAsync(bool empty)
    {
        if (Broker == BrokerKind.Mosquitto)
        {
            await StartMosquittoAsync(empty);
            return;
        }

        if (empty)
        {
            Directory.Delete(Path.Combine(Folder, "broker"), recursive: true);
        }

        await UpAsync();
    }

    /// <summary>kill -9 of one agent; its work is not touched.</summary>
    public void KillAgent(int node)
    {
        using var agent = Process.GetProcessById(AgentPid(node));
        agent.Kill();
        agent.WaitForExit();
        _agents.Remove(node);
    }

    /// <summary>Starts an agent again, as systemd would.</summary>
    public void StartAgent(int node)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec \"$0\" run --config \"$1\" >> \"$2\" 2>&1", Artifacts.EdgeAgent, Path.Combine(Folder, $"node-{node}", "agent.conf"), Path.Combine(Folder, $"node-{node}", "agent.log") },
        };
        _agents[node] = Process.Start(start)!;
    }

    /// <summary>Waits until this many nodes are online.</summary>
    public Task OnlineAsync(int count) => Eventually.Is(
        NodesAsync,
        nodes => nodes.Count(n => n.State == "online") == count,
        OnlineWithin,
        nodes => string.Join("; ", nodes.Select(n => $"{n.Name} {n.State}")),
        $"{count} nodes online");

    public async ValueTask DisposeAsync()
    {
        var down = await CtlAsync("down", "--dir", Folder);
        foreach (var agent in _agents.Values)
        {
            agent.Dispose();
        }

        if (_mosquitto is not null)
        {
            await StopMosquittoAsync(kill: true);
        }

        var left = Stamps.Living();
        if (down.ExitCode == 0 && left.Count == 0)
        {
            Directory.Delete(Root, recursive: true);
            return;
        }

        Assert.Fail($"edgectl down ended with {down.ExitCode} and left {left.Count} processes; see {Root}\n{down.Errors}");
    }

    private async Task UpAsync()
    {
        string[] keep = Keep ? ["--keep"] : [];
        (await CtlAsync(["up", "--nodes", $"{Nodes}", "--port", $"{Port}", "--dir", Folder, "--detach", .. keep])).Succeeded();
    }

    private int ReadPid(string file) => int.Parse(File.ReadLines(Path.Combine(Folder, file)).First(), CultureInfo.InvariantCulture);
}
