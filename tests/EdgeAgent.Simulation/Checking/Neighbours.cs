using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Checking;

/// <summary>
/// Workloads that are to be apart: nothing comes to a node where one runs that either of the two names, as the node knows what is wanted of both. What was there before a rule is excused,
/// and goes on there when it is started anew.
/// </summary>
internal sealed class Neighbours
{
    /// <summary>What a node has begun and not bid for since: it is still the same stay, also where its disk is another machine's by now.</summary>
    private readonly Dictionary<(NodeId Node, SlotId Slot), Incarnation> _stays = [];

    /// <summary>What was asked to start and may not run yet, by each agent's process.</summary>
    private readonly Dictionary<string, SortedSet<SlotId>> _asked = [];

    public void Loaded(SimNode node) => _asked.Remove(node.Name);

    public void Taken(SimNode from, Claim claim)
    {
        if (claim.Phase is ClaimPhase.Bid or ClaimPhase.Released)
        {
            _stays.Remove((from.Id, claim.Slot));
        }
    }

    public void Stepped(SimNode node, CoreEvent happened, IReadOnlyList<Effect> effects)
    {
        if (!_asked.TryGetValue(node.Name, out var asked))
        {
            _asked[node.Name] = asked = [];
        }

        if (happened is WorkGone gone)
        {
            asked.Remove(gone.Slot);
        }

        foreach (var start in effects.OfType<StartWork>())
        {
            var (slot, incarnation) = (start.Claim.Slot, start.Claim.Incarnation);
            var stays = _stays.TryGetValue((node.Id, slot), out var before) && before == incarnation;
            _stays[(node.Id, slot)] = incarnation;
            if (!stays)
            {
                var other = node.Runtime.Alive.Select(u => u.Tag.Slot).Concat(asked).FirstOrDefault(o => o != slot && (Names(node, slot, o) || Names(node, o, slot)));
                Checker.Require(other == default, Rule.Filter, $"{node.Name} starts {slot}, and {other} is there, which is to be apart from it");
            }

            asked.Add(slot);
        }
    }

    private static bool Names(SimNode node, SlotId one, SlotId other) => node.Rules!.IntentOf(one.Workload)?.Spec?.Apart.Contains(other.Workload) == true;
}
