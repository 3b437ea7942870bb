using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Small;

/// <summary>Workloads for the small world.</summary>
public static class Works
{
    /// <summary>What one slot asks for, in thousandths of a core.</summary>
    public const int Cpu = 1000;

    private static readonly DateTimeOffset SignedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static WorkloadSpec Service(int slots) => new()
    {
        Run = new ExecRun(["/bin/sleep", "inf"]),
        Replicas = slots,
        LostAfter = TimeSpan.FromSeconds(3),
        ProgressDeadline = TimeSpan.FromSeconds(10),
        Resources = new Resources(new(Cpu), new(1 << 20), default, 0),
    };

    /// <summary>The shortest lease that may be asked for, and work that ends as fast as the small world's does.</summary>
    public static WorkloadSpec Exclusive(int slots, Timing timing) => Service(slots) with
    {
        Partition = PartitionPolicy.Exclusive,
        Lease = WorkloadLimits.LeaseMin,
        Stop = new StopRule { Timeout = timing.Stop },
    };

    /// <param name="generation">Its generation; another work than in the one before.</param>
    /// <param name="spec">Null: the workload is deleted.</param>
    public static Intent Web(long generation, WorkloadSpec? spec) => new()
    {
        Workload = WorkloadName.Parse("web"),
        Incarnation = new Incarnation(1),
        Generation = generation,
        Digest = new Digest(0, (UInt128)generation),
        Signed = new byte[] { (byte)generation },
        Spec = spec,
        RunId = generation,
        SignedAt = SignedAt.AddSeconds(generation),
    };
}
