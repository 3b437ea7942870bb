using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The slots in which this node has a part, kept as their phases change: each look at a slot and each claim heard asks, and a node may know of thousands.</summary>
internal sealed class OwnParts
{
    private static readonly List<OwnSlot> None = [];

    private readonly Dictionary<WorkloadName, List<OwnSlot>> _here = [];
    private readonly Dictionary<WorkloadName, List<OwnSlot>> _all = [];

    /// <summary>Bids that are out and undecided.</summary>
    public int Bidding { get; private set; }

    /// <summary>Slots of a workload that this node bids for, holds or is stopping.</summary>
    public IReadOnlyList<OwnSlot> Of(WorkloadName workload) => _here.GetValueOrDefault(workload) ?? None;

    /// <summary>All slots of a workload of which this node has ever taken notice, whatever it does about them.</summary>
    public IReadOnlyList<OwnSlot> AllOf(WorkloadName workload) => _all.GetValueOrDefault(workload) ?? None;

    public void Add(OwnSlot own) => Put(_all, own);

    public void Remove(OwnSlot own) => Take(_all, own);

    public void Change(OwnSlot own, OwnPhase before, OwnPhase after)
    {
        Bidding += (after == OwnPhase.Bidding ? 1 : 0) - (before == OwnPhase.Bidding ? 1 : 0);
        if (IsHere(before) == IsHere(after))
        {
            return;
        }

        if (IsHere(after))
        {
            Put(_here, own);
        }
        else
        {
            Take(_here, own);
        }
    }

    private static void Put(Dictionary<WorkloadName, List<OwnSlot>> into, OwnSlot own)
    {
        if (!into.TryGetValue(own.Slot.Workload, out var slots))
        {
            into[own.Slot.Workload] = slots = [];
        }

        slots.Add(own);
    }

    private static void Take(Dictionary<WorkloadName, List<OwnSlot>> from, OwnSlot own)
    {
        if (from.TryGetValue(own.Slot.Workload, out var slots) && slots.Remove(own) && slots.Count == 0)
        {
            from.Remove(own.Slot.Workload);
        }
    }

    private static bool IsHere(OwnPhase phase) => phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping;
}
