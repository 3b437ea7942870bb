using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Workloads that are to be apart (docs/adr/0027): no slot comes to a node where one of a workload is that either of the two names. A slot counts from its bid until its last process has
/// ended. What is on one node all the same, for the rule came later, is parted by a hand-over.
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Workloads that name others, or did and are remembered; in order.</summary>
    private readonly List<WorkloadName> _apart = [];

    private void KnowApart(Intent intent)
    {
        if ((intent.Spec?.Apart.Count > 0 || intent.Fallback?.Spec.Apart.Count > 0) && _apart.BinarySearch(intent.Workload) is < 0 and var at)
        {
            _apart.Insert(~at, intent.Workload);
        }

        LookAtApart();
    }

    private void ForgetApart(WorkloadName workload) => _apart.Remove(workload);

    /// <summary>What is here, or is wanted to be, has changed: others may come, or have to go, or may stay.</summary>
    private void LookAtApart()
    {
        if (_apart.Count > 0)
        {
            LookAtHindered();
            LookAtHeld();
        }
    }

    /// <summary>Which workload on this node keeps another slot off; null: none does.</summary>
    private WorkloadName? InTheWay(Intent intent) => InTheWay(intent, new SlotId(intent.Workload, -1));

    private WorkloadName? InTheWay(Intent intent, SlotId besides)
    {
        var named = intent.Spec!.Apart;
        for (var i = 0; i < named.Count; i++)
        {
            if (IsHere(named[i], besides))
            {
                return named[i];
            }
        }

        for (var i = 0; i < _apart.Count && !Mutation.ApartOneSided; i++)
        {
            if (IsHere(_apart[i], besides) && KeepsOff(_apart[i], intent.Workload))
            {
                return _apart[i];
            }
        }

        return null;
    }

    private bool IsHere(WorkloadName workload, SlotId besides)
    {
        var slots = _parts.Of(workload);
        return slots.Count > 1 || (slots.Count == 1 && slots[0] != besides);
    }

    private bool KeepsOff(WorkloadName workload, WorkloadName other) => Names(ApartOf(workload), other);

    /// <summary>Of what is deleted its processes count until they have ended, by the rule that they were launched with.</summary>
    private IReadOnlyList<WorkloadName> ApartOf(WorkloadName workload)
    {
        if (IntentOf(workload)?.Spec is { } spec)
        {
            return spec.Apart;
        }

        var slots = _parts.Of(workload);
        return slots.Count > 0 ? _own[slots[0]].Launched?.Apart ?? [] : [];
    }

    private static bool Names(IReadOnlyList<WorkloadName> named, WorkloadName other)
    {
        for (var i = 0; i < named.Count; i++)
        {
            if (named[i] == other)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For a person: what keeps another slot off this node.</summary>
    private Obstacle? ApartObstacle(Intent intent) => InTheWay(intent) is { } other ? Obstacles.OfApart(intent, other) : null;

    /// <summary>Of a bid that meets a rule which came after it; null: there is none.</summary>
    private string? TextOfApart(OwnSlot own, Intent intent) => InTheWay(intent, own.Slot) is { } other ? Obstacles.OfApart(intent, other).Text : null;

    /// <summary>The same of another node, as far as its claims are known here.</summary>
    public Obstacle? ApartObstacle(Intent intent, NodeId node)
    {
        foreach (var slot in _claims.Of(node))
        {
            if (_claims[slot].Of(node) is { IsHolding: true } && (Names(intent.Spec!.Apart, slot.Workload) || KeepsOff(slot.Workload, intent.Workload)))
            {
                return Obstacles.OfApart(intent, slot.Workload);
            }
        }

        return null;
    }

    /// <summary>
    /// The workload for which a slot leaves this node; null: it stays. Only what can be handed over leaves. Of two that can, it is the one of lower priority, then the one whose name
    /// comes later, and of two slots of one workload the one of the greater number.
    /// </summary>
    private WorkloadName? TooNear(OwnSlot own, WorkloadSpec spec)
    {
        if (_apart.Count == 0 || own.Phase != OwnPhase.Holding || !IsParted(spec))
        {
            return null;
        }

        for (var i = 0; i < spec.Apart.Count; i++)
        {
            if (StaysBefore(own.Slot, spec, spec.Apart[i]))
            {
                return spec.Apart[i];
            }
        }

        for (var i = 0; i < _apart.Count; i++)
        {
            if (_apart[i] != own.Slot.Workload && KeepsOff(_apart[i], own.Slot.Workload) && StaysBefore(own.Slot, spec, _apart[i]))
            {
                return _apart[i];
            }
        }

        return null;
    }

    /// <summary>Work of a number of replicas that may run twice for a moment.</summary>
    private static bool IsParted(WorkloadSpec spec) => spec is { Mode: WorkloadMode.Replicated, Partition: PartitionPolicy.Failover };

    private bool StaysBefore(SlotId slot, WorkloadSpec spec, WorkloadName workload)
    {
        var others = _parts.Of(workload);
        for (var i = 0; i < others.Count; i++)
        {
            var other = _own[others[i]];
            var stays = other.Phase == OwnPhase.Holding || (other.Phase == OwnPhase.Stopping && other.AfterStop == AfterStop.StartAnew);
            if (stays && other.Slot != slot && IntentOf(workload)?.Spec is { } its
                && (!IsParted(its) || its.Priority > spec.Priority || (its.Priority == spec.Priority && other.Slot.CompareTo(slot) < 0)))
            {
                return true;
            }
        }

        return false;
    }
}
