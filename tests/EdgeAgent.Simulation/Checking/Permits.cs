using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Checking;

/// <summary>
/// `maxUnavailable` (traces.md, 22): of the slots that went down for a change while they were well, no more are down at once than may be. It rests on one broker that
/// deals with the messages of each client one after another, so it is asked for only where no fault takes that away.
/// </summary>
internal sealed class Permits(Schedule schedule)
{
    private static readonly FaultKind[] Disturb =
    [
        FaultKind.LiveDropped, FaultKind.Reordered, FaultKind.SplitBrain, FaultKind.RetainedLost, FaultKind.RetainedStale, FaultKind.RetainedLate, FaultKind.QueueOverflow,
        FaultKind.BrokerRolledBack, FaultKind.BrokerEmptied, FaultKind.CorruptBytes, FaultKind.Duplicates, FaultKind.DiskCloned, FaultKind.DiskRolledBack, FaultKind.DiskWiped,
        FaultKind.CutBothWays, FaultKind.CutOut, FaultKind.CutIn, FaultKind.Paused, FaultKind.Suspended,

        // A bid whose `held` waits for the disk longer than R is void, and another holds the slot besides for a moment.
        FaultKind.DiskSlow, FaultKind.DiskFull, FaultKind.DiskErrors,
    ];

    private readonly bool _isAsked = !schedule.Faults.Any(f => Disturb.Contains(f.Kind));
    private readonly SortedDictionary<SlotId, SimNode> _down = [];

    /// <summary>Of those the ones that went for good, and are down until another runs them.</summary>
    private readonly SortedSet<SlotId> _left = [];

    public void Stepped(SimNode node, IReadOnlyList<Effect> effects)
    {
        if (!_isAsked)
        {
            return;
        }

        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Tell { Kind: "Stopping", Reason: "StartAnew", Message: "a new generation takes its place" } e when ByPermit(node, e.Subject) is { } word:
                    GoDown(node, word.Slot);
                    break;
                case Tell { Kind: "Stopping", Reason: "Release", Message: "it leaves this node" } e when ByPermit(node, e.Subject) is { } word:
                    GoDown(node, word.Slot);
                    _left.Add(word.Slot);
                    break;
                case Tell { Kind: "Evicted" } e when Evicted(node, e.Subject) is { } word:
                    GoDown(node, word.Slot);
                    _left.Add(word.Slot);
                    break;
                case Tell { Kind: "Preempted" } e when Preempted(node, e.Subject) is { } word:
                    GoDown(node, word.Slot);
                    _left.Add(word.Slot);
                    break;
                case SayClaim { Claim.Phase: ClaimPhase.Running or ClaimPhase.Succeeded } e:
                    _down.Remove(e.Claim.Slot);
                    _left.Remove(e.Claim.Slot);
                    break;
                case SayClaim { Claim.Phase: not ClaimPhase.Failed } e when _left.Contains(e.Claim.Slot):
                    // It was given up for another, and none runs it yet.
                    break;
                case SayClaim { Claim.Phase: not ClaimPhase.Updating } e when _down.GetValueOrDefault(e.Claim.Slot) == node:
                    _down.Remove(e.Claim.Slot);
                    break;
                case ClearClaim e when _down.GetValueOrDefault(e.Slot) == node:
                    // Scaled down meanwhile: the slot has nothing that could be down.
                    _down.Remove(e.Slot);
                    _left.Remove(e.Slot);
                    break;
            }
        }
    }

    /// <summary>One that isn't ready needs none, also where it was when it asked.</summary>
    private static Claim? ByPermit(SimNode node, string slot) =>
        node.Rules?.OwnWords.FirstOrDefault(w => w.Phase == ClaimPhase.Updating && w.Slot.ToString() == slot && node.Rules.IsReady(w.Slot));

    /// <summary>For another it goes with a permit or not at all, unless it serves nobody.</summary>
    private static Claim? Preempted(SimNode node, string slot) =>
        node.Rules?.OwnWords.FirstOrDefault(w => w.Phase is ClaimPhase.Updating or ClaimPhase.Running && w.Slot.ToString() == slot) is { } word && node.Rules.IntentOf(word.Slot.Workload)?.Spec?.Mode != WorkloadMode.Job ? word : null;

    /// <summary>With a permit or not at all, where it was ready.</summary>
    private static Claim? Evicted(SimNode node, string slot) =>
        node.Rules?.OwnWords.FirstOrDefault(w => w.Phase is ClaimPhase.Updating or ClaimPhase.Running && w.Slot.ToString() == slot && node.Rules.IsReady(w.Slot));

    private void GoDown(SimNode node, SlotId slot)
    {
        if (_down.GetValueOrDefault(slot) == node)
        {
            // It was down already, and takes the next generation there.
            return;
        }

        _down[slot] = node;
        if (node.Rules!.IntentOf(slot.Workload)?.Spec is not { } spec)
        {
            return;
        }

        foreach (var gone in _down.Where(d => d.Value.Runtime.UnitOf(d.Key) is null && !d.Value.IsAlive).Select(d => d.Key).ToList())
        {
            _down.Remove(gone);
        }

        var down = _down.Keys.Count(s => s.Workload == slot.Workload && s.Index < spec.Replicas);
        Checker.Require(down <= spec.MaxUnavailable, Rule.Permit, $"{node.Name} takes {slot} down for a change, and then {down} of its slots are, where {spec.MaxUnavailable} may be");
    }
}
