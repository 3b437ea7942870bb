using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Checking;

/// <summary>Who goes for another: never work of the same or a higher priority, and only for one whose claim is held, as the broker has it, and names it.</summary>
internal sealed class Preemptions
{
    /// <summary>Of each slot the last epoch at which a node said that it holds it, as the broker took it.</summary>
    private readonly Dictionary<(SlotId Slot, NodeId Node), Epoch> _held = [];

    public void Taken(Claim claim)
    {
        if (claim.Phase == ClaimPhase.Held)
        {
            _held[(claim.Slot, claim.Node)] = claim.Epoch;
        }
    }

    public void Stepped(SimNode node, IReadOnlyList<Effect> effects)
    {
        foreach (var told in effects.OfType<Tell>().Where(t => t.Kind == "Preempted"))
        {
            var victim = node.Rules!.OwnWords.Single(w => w.Slot.ToString() == told.Subject);
            var newcomer = node.Rules.OwnWords.FirstOrDefault(w => w.Displaces.Contains(victim.Slot) && told.Message.Contains($" by {w.Slot} ", StringComparison.Ordinal));
            var isHeld = newcomer is not null && _held.TryGetValue((newcomer.Slot, node.Id), out var epoch) && epoch == newcomer.Epoch && newcomer.IsStarted;
            Checker.Require(isHeld, Rule.Preempted, $"{node.Name} ends {told.Message}, and doesn't hold that ({newcomer?.Phase} at epoch {newcomer?.Epoch})");
            var (high, low) = (SpecOf(node, newcomer!), SpecOf(node, victim));
            Checker.Require(high.Priority > low.Priority, Rule.Preempted, $"{node.Name} ends {victim.Slot}, {told.Message}, and its priority is {low.Priority}, the other's {high.Priority}");
            Checker.Require(!victim.IsOnTrial && victim.Mode != PartitionPolicy.Pin && low.Mode != WorkloadMode.Everywhere, Rule.Preempted, $"{node.Name} ends {victim.Slot}, which is to stay: {told.Message}");
        }
    }

    private static WorkloadSpec SpecOf(SimNode node, Claim claim) => node.Rules!.IntentOf(claim.Slot.Workload)!.Spec!;
}
