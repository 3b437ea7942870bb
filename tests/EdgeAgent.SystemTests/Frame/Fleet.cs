using System.Net;
using EdgeAgent.SystemTests.Lab;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Published agents and a broker under test, wherever they run: what all tests of fleets ask of them and do to them.</summary>
internal abstract class Fleet(IEnumerable<string> nodes, Stamps stamps) : IAsyncDisposable
{
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(30);

    /// <summary>The nodes' names.</summary>
    public IReadOnlyList<string> Nodes { get; } = [.. nodes];

    public Stamps Stamps => stamps;

    /// <summary>The operator's key, PEM.</summary>
    public abstract string KeyFile { get; }

    public abstract IPEndPoint Broker { get; }

    /// <param name="kind">Of which sort.</param>
    /// <param name="nodes">How many agents.</param>
    /// <param name="keep">Whether agents outlive a polite end of their embedded broker.</param>
    public static async Task<Fleet> StartAsync(FleetKind kind, int nodes, bool keep = false) =>
        kind == FleetKind.Containers ? await LabFleet.UpAsync(nodes) : await ProcessFleet.StartAsync(kind, nodes, keep);

    /// <summary>edgectl, with this fleet's broker and key.</summary>
    public Task<CommandResult> AskAsync(params string[] arguments) => AskWithAsync(null, arguments);

    public Task<CommandResult> ApplyAsync(string manifest, params string[] more) => AskWithAsync(manifest, ["apply", "-f", "-", .. more]);

    public async Task<IReadOnlyList<SlotItem>> SlotsAsync() => Answer.Read<SlotItem>((await AskAsync("get", "slots", "-o", "json")).Succeeded().Output);

    public async Task<IReadOnlyList<NodeItem>> NodesAsync() => Answer.Read<NodeItem>((await AskAsync("get", "nodes", "-o", "json")).Succeeded().Output);

    /// <summary>Waits until this many slots of the workload run on nodes that are online.</summary>
    public Task<IReadOnlyList<SlotItem>> RunningAsync(string workload, int count, TimeSpan within, Func<SlotItem, bool>? also = null) => Eventually.Is(
        SlotsAsync,
        slots => slots.Count(s => s.Workload == workload && s.Phase == "running" && (also is null || also(s))) == count,
        within,
        slots => string.Join("; ", slots.Select(s => $"{s.Index} {s.Phase} on {s.Node}")),
        $"{count} slots of {workload} running");

    /// <summary>Waits until this many nodes are online, and no more.</summary>
    public Task OnlineAsync(int count) => Eventually.Is(
        NodesAsync,
        nodes => nodes.Count(n => n.State == "online") == count,
        OnlineWithin,
        nodes => string.Join("; ", nodes.Select(n => $"{n.Name} {n.State}")),
        $"{count} nodes online");

    /// <summary>kill -9 of one agent; its work is not touched, and it stays away.</summary>
    public abstract Task KillAgentAsync(string node);

    public abstract Task StartAgentAsync(string node);

    /// <summary>As this machine numbers it.</summary>
    public abstract Task<int> AgentPidAsync(string node);

    /// <summary>Stops the broker, politely or with kill -9, and the broker alone.</summary>
    public abstract Task StopBrokerAsync(bool kill);

    /// <summary>Starts the broker, with what it had stored or with nothing.</summary>
    public abstract Task StartBrokerAsync(bool empty);

    /// <summary>Runs a command where the node's agent runs, as root.</summary>
    public abstract Task<CommandResult> RunAsync(string node, params string[] command);

    /// <summary>What the nodes' supervisors keep, asked for without an agent's help. Plain processes have none but the kernel.</summary>
    public virtual Task<IReadOnlyList<WorkProcess>> KeptAsync() => Task.FromResult(Stamps.Living());

    /// <summary>The folder that the agent keeps everything in, as <see cref="RunAsync"/> sees it.</summary>
    public abstract string StateOf(string node);

    /// <summary>Ends all agents and what they run.</summary>
    public abstract Task DownAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>edgectl with this fleet's broker and key, and this standard input.</summary>
    protected abstract Task<CommandResult> CtlAsync(string? input, string[] arguments);

    /// <summary>The last lines that the agent wrote.</summary>
    protected abstract Task<string> LogAsync(string node);

    /// <summary>A wait that failed says what every node had to say of it: a fleet that is gone can't be asked any more.</summary>
    private async Task<CommandResult> AskWithAsync(string? input, string[] arguments)
    {
        var result = await CtlAsync(input, arguments);
        return result.ExitCode == 0 || !arguments.Contains("--wait") ? result : result with { Errors = $"{result.Errors}\n{await EvidenceAsync()}" };
    }

    private async Task<string> EvidenceAsync()
    {
        List<string> words = [];
        foreach (var question in (string[][])[["get", "nodes", "-o", "wide"], ["get", "workloads"], ["get", "slots", "--all", "-o", "wide"], ["get", "events"]])
        {
            words.Add(await WordsAsync(question));
        }

        foreach (var workload in (await CtlAsync(null, ["get", "workloads", "-o", "name"])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            words.Add(await WordsAsync(["why", workload[(workload.LastIndexOf('/') + 1)..]]));
        }

        foreach (var node in Nodes)
        {
            words.Add(await WordsAsync(["describe", "node", node]));
            words.Add($"== log of {node}\n{await LogAsync(node)}");
        }

        return string.Join('\n', words);
    }

    private async Task<string> WordsAsync(string[] question)
    {
        var result = await CtlAsync(null, question);
        return $"== {string.Join(' ', question)}\n{result.Output}{result.Errors}";
    }
}
