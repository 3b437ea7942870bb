using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>In how many slots this node has a part, counted as their phases change: each look at a slot asks, and a node may know of thousands.</summary>
internal sealed class PartCounts
{
    private readonly Dictionary<WorkloadName, int> _here = [];

    /// <summary>Bids that are out and undecided.</summary>
    public int Bidding { get; private set; }

    /// <summary>Slots of a workload that this node bids for, holds or is stopping.</summary>
    public int Of(WorkloadName workload) => _here.GetValueOrDefault(workload);

    public void Change(WorkloadName workload, OwnPhase before, OwnPhase after)
    {
        Bidding += (after == OwnPhase.Bidding ? 1 : 0) - (before == OwnPhase.Bidding ? 1 : 0);
        var by = (IsHere(after) ? 1 : 0) - (IsHere(before) ? 1 : 0);
        if (by == 0)
        {
            return;
        }

        var count = Of(workload) + by;
        if (count == 0)
        {
            _here.Remove(workload);
        }
        else
        {
            _here[workload] = count;
        }
    }

    private static bool IsHere(OwnPhase phase) => phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping;
}
