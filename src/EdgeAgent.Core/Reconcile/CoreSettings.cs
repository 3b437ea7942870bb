using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What the rules need to know of their node.</summary>
public sealed record CoreSettings
{
    public required NodeId Node { get; init; }

    public required ulong Instance { get; init; }

    /// <summary>R of protocol.md.</summary>
    public required TimeSpan Window { get; init; }

    public required Resources Capacity { get; init; }

    public required string Architecture { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Why nothing here could end exclusive work without the agent; empty where something can.</summary>
    public string FenceLack { get; init; } = "";

    public IFactSource Facts { get; init; } = new FactSet();

    /// <summary>The least window of a race: what a score of zero waits where the broker is near.</summary>
    public TimeSpan RaceWindow { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>How many nodes and more look after a slot (docs/adr/0010, 0018).</summary>
    public int CandidatesMin { get; init; } = Fleet.Cohorts.NodesMin;

    /// <summary>Bids that are out and undecided, at most; fewer where there are many candidates.</summary>
    public int OpenBidsMax { get; init; } = 16;
}
