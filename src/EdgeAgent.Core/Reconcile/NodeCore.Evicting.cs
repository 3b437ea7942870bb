using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Work that is to go because the node is short of memory: the least important first, one at each word of it, with the permits of work that leaves (docs/adr/0034). What keeps new work off
/// meanwhile is a taint, as an operator's would.
/// </summary>
public sealed partial class NodeCore
{
    private void Take(MemoryShort e)
    {
        if (e.Why.Length == 0)
        {
            // Who waits for its permit still stays.
            foreach (var own in _own.Values.Where(o => o is { Phase: OwnPhase.Holding, EvictedFor.Length: > 0 }))
            {
                own.EvictedFor = "";
                _toLookAt.Add(own.Slot);
            }

            return;
        }

        if (_isOpen && !_own.Values.Any(o => o is { Phase: OwnPhase.Stopping, EvictedFor.Length: > 0 }) && LeastImportant() is { } least)
        {
            least.EvictedFor = e.Why;
            _toLookAt.Add(least.Slot);
        }
    }

    /// <summary>Of the lowest priority; of these one that has no limit of memory, then the one that gives back most, then the one that has run shortest.</summary>
    private OwnSlot? LeastImportant() => _own.Values
        .Where(MayBeEvicted)
        .OrderBy(o => PriorityOf(o.Slot.Workload))
        .ThenByDescending(o => _reserved.GetValueOrDefault(o.Slot).Memory.Value is var memory && memory == 0 ? long.MaxValue : memory)
        .ThenByDescending(o => o.SinceStart)
        .FirstOrDefault();

    /// <summary>Pinned work is moved by nobody but the operator, what runs everywhere has nowhere else to go, and what the node's taint lets in would come back at once.</summary>
    private bool MayBeEvicted(OwnSlot own) => own is { Phase: OwnPhase.Holding, HasProcess: true, EvictedFor.Length: 0, IsGoingDown: false }
        && IntentOf(own.Slot.Workload)?.Spec is { Mode: not WorkloadMode.Everywhere, Partition: not PartitionPolicy.Pin } spec && Filter.Repels(spec, settings.Taints, TaintEffect.NoPlace) is not null;

    private void Evict(OwnSlot own)
    {
        var text = $"evicted from {settings.Node} (priority {PriorityOf(own.Slot.Workload)}): {own.EvictedFor}";
        _effects.Add(new Tell("Evicted", own.Slot.ToString(), "MemoryPressure", text, IsEvent: true));
        Stop(own, text, AfterStop.Release);
    }
}
