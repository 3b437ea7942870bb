using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node;

/// <summary>What the loop is told at its start. The daemon makes it from agent.conf and from what it found on the machine.</summary>
public sealed record NodeOptions
{
    public required FleetId Fleet { get; init; }

    public required CellId Cell { get; init; }

    public required NodeId Node { get; init; }

    public string Root { get; init; } = Protocol.Topics.TopicSpace.DefaultRoot;

    /// <summary>Random, drawn at each start of the agent.</summary>
    public required ulong Instance { get; init; }

    public required string Version { get; init; }

    /// <summary>What may be given away.</summary>
    public required Resources Capacity { get; init; }

    public string Architecture { get; init; } = "";

    public string OperatingSystem { get; init; } = "";

    public string Kernel { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Facts of this machine, in the expression language's text form (<c>systemd.version</c> = <c>252</c>).</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>How many nodes and more look after a slot: the same in the whole cell.</summary>
    public int CandidatesMin { get; init; } = Cohorts.NodesMin;

    /// <summary>How many workloads are followed; who wants more is told.</summary>
    public int WorkloadsMax { get; init; } = NodeLimits.WorkloadsMax;

    /// <summary>R of protocol.md: the window over which reconnects are spread, after which a view is settled.</summary>
    public TimeSpan ReconnectWindow { get; init; } = TimeSpan.FromSeconds(10);
}
