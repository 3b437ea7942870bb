using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The slots in which this node has a part, kept as their phases change: each look at a slot and each claim heard asks, and a node may know of thousands.</summary>
internal sealed class OwnParts
{
    private static readonly List<OwnSlot> None = [];

    private readonly Dictionary<WorkloadName, List<OwnSlot>> _here = [];

    /// <summary>Bids that are out and undecided.</summary>
    public int Bidding { get; private set; }

    /// <summary>Slots of a workload that this node bids for, holds or is stopping.</summary>
    public IReadOnlyList<OwnSlot> Of(WorkloadName workload) => _here.GetValueOrDefault(workload) ?? None;

    public void Change(OwnSlot own, OwnPhase before, OwnPhase after)
    {
        Bidding += (after == OwnPhase.Bidding ? 1 : 0) - (before == OwnPhase.Bidding ? 1 : 0);
        if (IsHere(before) == IsHere(after))
        {
            return;
        }

        if (!_here.TryGetValue(own.Slot.Workload, out var slots))
        {
            _here[own.Slot.Workload] = slots = [];
        }

        if (IsHere(after))
        {
            slots.Add(own);
        }
        else if (slots.Remove(own) && slots.Count == 0)
        {
            _here.Remove(own.Slot.Workload);
        }
    }

    private static bool IsHere(OwnPhase phase) => phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping;
}
