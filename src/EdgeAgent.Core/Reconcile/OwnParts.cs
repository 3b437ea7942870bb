using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The slots in which this node has a part, kept as their phases change: each look at a slot and each claim heard asks, and a node may know of thousands.</summary>
internal sealed class OwnParts
{
    private static readonly List<SlotId> None = [];

    private readonly Dictionary<WorkloadName, List<SlotId>> _here = [];
    private readonly Dictionary<WorkloadName, List<SlotId>> _all = [];

    /// <summary>Bids that are out and undecided.</summary>
    public int Bidding { get; private set; }

    /// <summary>Slots of a workload that this node bids for, holds or is stopping.</summary>
    public IReadOnlyList<SlotId> Of(WorkloadName workload) => _here.GetValueOrDefault(workload) ?? None;

    /// <summary>All slots of a workload of which this node has ever taken notice, whatever it does about them.</summary>
    public IReadOnlyList<SlotId> AllOf(WorkloadName workload) => _all.GetValueOrDefault(workload) ?? None;

    public void Add(SlotId slot) => Put(_all, slot);

    public void Remove(SlotId slot) => Take(_all, slot);

    public void Change(SlotId slot, OwnPhase before, OwnPhase after)
    {
        Bidding += (after == OwnPhase.Bidding ? 1 : 0) - (before == OwnPhase.Bidding ? 1 : 0);
        if (IsHere(before) == IsHere(after))
        {
            return;
        }

        if (IsHere(after))
        {
            Put(_here, slot);
        }
        else
        {
            Take(_here, slot);
        }
    }

    private static void Put(Dictionary<WorkloadName, List<SlotId>> into, SlotId slot)
    {
        if (!into.TryGetValue(slot.Workload, out var slots))
        {
            into[slot.Workload] = slots = [];
        }

        slots.Add(slot);
    }

    private static void Take(Dictionary<WorkloadName, List<SlotId>> from, SlotId slot)
    {
        if (from.TryGetValue(slot.Workload, out var slots) && slots.Remove(slot) && slots.Count == 0)
        {
            from.Remove(slot.Workload);
        }
    }

    private static bool IsHere(OwnPhase phase) => phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping;
}
