using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>What a run came to.</summary>
public sealed record RunResult(Schedule Schedule, ulong TraceHash)
{
    /// <summary>Null: the run was clean.</summary>
    public Rule? Broken { get; init; }

    /// <summary>What was seen, for a person.</summary>
    public string Message { get; init; } = "";

    public required Coverage Coverage { get; init; }

    public TimeSpan Simulated { get; init; }

    public int Slots { get; init; }

    public long Faults { get; init; }

    public long Published { get; init; }

    public long Delivered { get; init; }

    /// <summary>How long after the last fault all was well.</summary>
    public TimeSpan Recovery { get; init; }

    /// <summary>The last lines of the nodes' logs.</summary>
    public IReadOnlyList<string> Log { get; init; } = [];
}
