using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>One replica of a workload. An <c>everywhere</c> workload has slot 0 of each node.</summary>
public readonly record struct SlotId(WorkloadName Workload, int Index) : IComparable<SlotId>
{
    public int CompareTo(SlotId other)
    {
        var byName = Workload.CompareTo(other.Workload);
        return byName != 0 ? byName : Index.CompareTo(other.Index);
    }

    public override string ToString() => $"{Workload}/{Index}";
}
