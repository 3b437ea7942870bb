namespace EdgeAgent.Core.Placement;

/// <summary>Which rule of <see cref="Filter"/> says no, in their order.</summary>
public enum HindranceCause
{
    None,
    Cordoned,
    StoreFailing,
    NoFence,
    Feature,
    Architecture,
    Label,
    Taint,
    Fact,
    DeviceMissing,
    Resources,
    DevicesTaken,
}

/// <summary>What keeps a workload from this node. Its text is made when somebody asks (<see cref="Filter.Explain"/>).</summary>
/// <param name="Cause">The rule.</param>
/// <param name="At">Which of the intent's features or facts, or of the node's taints.</param>
public readonly record struct Hindrance(HindranceCause Cause, int At = 0)
{
    public bool IsNone => Cause == HindranceCause.None;
}
