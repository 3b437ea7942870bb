using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What a node knows of itself when it decides whether to bid.</summary>
public readonly record struct Self
{
    private static readonly Dictionary<string, string> NoLabels = [];

    public Self()
    {
    }

    /// <summary>Debian's name: <c>amd64</c>, <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    public required Resources Capacity { get; init; }

    /// <summary>Less everything held and everything bid for.</summary>
    public required Resources Free { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = NoLabels;

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    public IReadOnlyList<string> Features { get; init; } = [];

    public required IFactSource Facts { get; init; }

    /// <summary>What the policy <c>fragmentation</c> weighs leftovers by; null: no demand is known.</summary>
    public Demand? Demand { get; init; }

    /// <summary>An operator keeps new work off.</summary>
    public bool IsCordoned { get; init; }

    /// <summary>Why exclusive work can't be fenced; empty where it can.</summary>
    public string FenceLack { get; init; } = "";

    /// <summary>Why nothing can be kept on disk; empty where all is well.</summary>
    public string StoreFailure { get; init; } = "";
}
