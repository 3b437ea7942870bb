using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Faults;

/// <summary>One thing that goes wrong, as data: leaving it out leaves all others as they are.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">When it begins, in true time.</param>
/// <param name="Lasts">How long until it ends by itself.</param>
/// <param name="Node">At which node, where it is a node's.</param>
/// <param name="Strength">How strongly: of thousand.</param>
/// <param name="Salt">Of its own chance.</param>
public sealed record Fault(FaultKind Kind, TimeSpan At, TimeSpan Lasts, int Node, int Strength, ulong Salt)
{
    /// <summary>It waits for this from <see cref="At"/> on, and is about the node that comes to it. Where none does for a while, it begins without.</summary>
    public Moment Upon { get; init; }

    /// <summary>So long after that moment.</summary>
    public TimeSpan After { get; init; }

    /// <summary>It ends with the next of these, if that comes before its time is over.</summary>
    public Moment Until { get; init; }

    /// <summary>About the node so many behind the one that came to the moment.</summary>
    public int Shift { get; init; }

    public override string ToString() =>
        $"{At.TotalSeconds,8:0.00} s  {Kind,-16} {(Upon == Moment.None ? $"node-{Node + 1}" : $"upon the next {Upon}{(After > TimeSpan.Zero ? $" and {After.TotalSeconds:0.0} s" : "")}{(Shift > 0 ? $", {Shift} nodes further" : "")}")}  for {Lasts.TotalSeconds:0.0} s{(Until == Moment.None ? "" : $" or until the next {Until}")}, strength {Strength}";
}

public enum ActKind
{
    /// <summary>The workload is applied, new or changed in its work.</summary>
    Apply,

    /// <summary>A change that leaves the work as it is.</summary>
    Adjust,

    /// <summary>Two operators sign the same generation.</summary>
    Conflict,

    Delete,

    /// <summary>A node is asked something, or told to read its configuration anew.</summary>
    Command,

    /// <summary>Of a node, as are those below: nothing new is placed there.</summary>
    Cordon,
    Uncordon,

    /// <summary>All but what is pinned is to leave it.</summary>
    Drain,

    /// <summary>What is pinned too.</summary>
    DrainPinned,

    /// <summary>A taint is set that ends what doesn't bear it, or is taken away.</summary>
    Repel,
    Unrepel,

    /// <summary>An old word on the node is sent once more.</summary>
    Replay,

    /// <summary>No operator's: it is short of memory, or isn't any more.</summary>
    Press,
    Relieve,
}

/// <summary>What an operator does, as data.</summary>
public sealed record Act(ActKind Kind, TimeSpan At, string Workload, WorkloadSpec? Spec)
{
    public override string ToString() =>
        $"{At.TotalSeconds,8:0.00} s  {Kind,-16} {Workload}{(Spec is null ? "" : $"  {Spec.Mode} {Spec.Partition} x{Spec.Replicas}, lostAfter {Spec.LostAfter.TotalSeconds:0} s")}";
}

/// <summary>A machine of the run.</summary>
public sealed record NodePlan(string Name, Resources Capacity)
{
    public string Zone { get; init; } = "a";

    public bool IsTainted { get; init; }

    /// <summary>An older agent, which can't do what the workloads need.</summary>
    public bool IsOld { get; init; }

    public TimeSpan ClockStart { get; init; }

    public long DriftPpm { get; init; }

    public TimeSpan StartsAfter { get; init; }

    public override string ToString() => $"{Name}: {Capacity.Cpu} cpu, zone {Zone}{(IsTainted ? ", tainted" : "")}{(IsOld ? ", old agent" : "")}, clock {DriftPpm:+0;-0;0} ppm";
}

/// <summary>Faults after which every holder is heard again within the window: work that runs twice then has moved for nothing.</summary>
public static class CalmFaults
{
    public static readonly IReadOnlyList<FaultKind> All =
    [
        FaultKind.BrokerKilled, FaultKind.BrokerStopped, FaultKind.SessionLost, FaultKind.CorruptBytes, FaultKind.UnknownVersion, FaultKind.ForeignIntent, FaultKind.MovedIntent,
        FaultKind.WallClockJump, FaultKind.WorkCrashes,
    ];
}

/// <summary>A whole run: what a seed draws, and what a shrinker makes smaller.</summary>
public sealed record Schedule(ulong Seed, IReadOnlyList<NodePlan> Nodes, IReadOnlyList<Act> Acts, IReadOnlyList<Fault> Faults, TimeSpan FaultTime)
{
    public bool HasExclusive { get; init; }

    /// <summary>R: within it all are back after a broker's restart.</summary>
    public TimeSpan ReconnectWindow { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the broker takes at most to put a message into all its readers' queues, while it takes others' (<see cref="SimBroker.Skew"/>).</summary>
    public TimeSpan BrokerSkew { get; init; }

    /// <summary>So many messages delivered, or an operator goes on with changes until there are: a run that says too little shows nothing.</summary>
    public long DeliveriesLeast { get; init; }

    public override string ToString() => string.Join('\n', Nodes.Select(n => $"{n}").Concat(BrokerSkew > TimeSpan.Zero ? [$"broker: several threads, up to {BrokerSkew.TotalMilliseconds:0.0} ms from the first reader's queue to the last's"] : [])
        .Concat(Acts.Select(a => (a.At, Line: $"{a}")).Concat(Faults.Select(f => (f.At, Line: $"{f}"))).OrderBy(l => l.At).Select(l => l.Line)));
}
