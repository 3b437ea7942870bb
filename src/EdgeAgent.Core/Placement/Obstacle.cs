namespace EdgeAgent.Core.Placement;

/// <summary>What sort of thing keeps a workload off a node, by the names of docs/spec/why.md.</summary>
public enum ObstacleKind
{
    Cordoned,
    Draining,
    StoreFailing,
    NoFence,
    Feature,
    Architecture,
    Label,
    Taint,
    Fact,
    DeviceMissing,
    Cpu,
    Memory,
    Disk,
    Tasks,
    DeviceTaken,
    OncePerNode,
    Domain,
    Apart,
}

/// <summary>One of all the things that keep a workload off a node.</summary>
/// <param name="Kind">Which rule.</param>
/// <param name="Text">The rule's own sentence, with the figures.</param>
/// <param name="Lacks">What the node lacks: <c>202Mi memory</c>, <c>label zone=b</c>; empty where it is nothing that it could have.</param>
/// <param name="Share">How much of what is needed is lacking, in thousandths; <see cref="Whole"/> where it is there or not.</param>
public sealed record Obstacle(ObstacleKind Kind, string Text, string Lacks, int Share)
{
    public const int Whole = 1000;

    /// <summary>As it is written in JSON: <c>deviceTaken</c>.</summary>
    public string Name => $"{char.ToLowerInvariant(Kind.ToString()[0])}{Kind.ToString()[1..]}";
}
