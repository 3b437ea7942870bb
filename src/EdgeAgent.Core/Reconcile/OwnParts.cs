using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The slots in which this node has a part, kept as their phases change: each look at a slot and each claim heard asks, and a node may know of thousands.</summary>
internal sealed class OwnParts
{
    private static readonly List<SlotId> None = [];

    private readonly Dictionary<WorkloadName, List<SlotId>> _here = [];
    private readonly Dictionary<WorkloadName, List<SlotId>> _all = [];

    private readonly SortedSet<SlotId> _waiting = [];
    private readonly SortedSet<SlotId> _vacant = [];

    /// <summary>Bids that are out and undecided.</summary>
    public int Bidding { get; private set; }

    /// <summary>Slots that wait for their turn to be bid for.</summary>
    public IReadOnlyCollection<SlotId> Waiting => _waiting;

    /// <summary>Slots that were vacant when they were looked at last.</summary>
    public IReadOnlyCollection<SlotId> Vacant => _vacant;

    /// <summary>Slots of a workload that this node bids for, holds or is stopping.</summary>
    public IReadOnlyList<SlotId> Of(WorkloadName workload) => _here.GetValueOrDefault(workload) ?? None;

    /// <summary>All slots of a workload of which this node has ever taken notice, whatever it does about them.</summary>
    public IReadOnlyList<SlotId> AllOf(WorkloadName workload) => _all.GetValueOrDefault(workload) ?? None;

    public void Add(SlotId slot) => Put(_all, slot);

    public void Remove(SlotId slot)
    {
        Take(_all, slot);
        _waiting.Remove(slot);
        _vacant.Remove(slot);
    }

    public void Looked(SlotId slot, bool isVacant) => _ = isVacant ? _vacant.Add(slot) : _vacant.Remove(slot);

    public void Change(SlotId slot, OwnPhase before, OwnPhase after)
    {
        Bidding += (after == OwnPhase.Bidding ? 1 : 0) - (before == OwnPhase.Bidding ? 1 : 0);
        if (before != after && (before == OwnPhase.Waiting || after == OwnPhase.Waiting))
        {
            _ = after == OwnPhase.Waiting ? _waiting.Add(slot) : _waiting.Remove(slot);
        }

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
