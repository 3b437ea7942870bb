namespace EdgeAgent.Simulation.Checking;

/// <summary>What must hold, by the numbers of protocol.md, "Invariants".</summary>
public enum Rule
{
    /// <summary>1: two nodes never run the same exclusive slot.</summary>
    Exclusive,

    /// <summary>Nor other work, where nothing has happened that makes a living holder look gone, or the two have heard each other for a while.</summary>
    Twice,

    /// <summary>Nor is a job done again by one who could know that it is done.</summary>
    Done,

    /// <summary>Nor does work end because its agent did.</summary>
    Survives,

    /// <summary>2: capacity and the other filters hold on each node.</summary>
    Filter,

    /// <summary>3: applied generations never fall on a disk that survived.</summary>
    Generation,

    /// <summary>3: epochs rise, and no two nodes get the same one.</summary>
    Epoch,

    /// <summary>4: nothing is applied but what an operator signed for that name.</summary>
    Signed,

    /// <summary>5: what is said to be held is on the disk of who says it.</summary>
    Kept,

    /// <summary>A slot is given up only after its last process has ended.</summary>
    GivenUp,

    /// <summary>No more slots are down for a change than may be.</summary>
    Permit,

    /// <summary>What is handed over ends only when another has run it.</summary>
    HandedOver,

    /// <summary>Work gives way only to work of a higher priority, whose claim is held.</summary>
    Preempted,

    /// <summary>Work moves of itself only to where it fits better.</summary>
    Balance,

    /// <summary>7: every queue stays within its limit.</summary>
    Limit,

    /// <summary>9: same seed, same trace.</summary>
    SameTrace,

    /// <summary>After the faults every slot has one holder that runs it, or a reason; and all agree.</summary>
    Liveness,

    /// <summary>Then nothing moves any more, and nobody speaks.</summary>
    Quiet,

    /// <summary>The agent itself threw.</summary>
    Crash,

    /// <summary>The run is too small to say anything.</summary>
    Size,
}

/// <summary>The run has shown something that must not be.</summary>
public sealed class ViolationException(Rule rule, string message) : Exception(message)
{
    public Rule Rule => rule;
}
