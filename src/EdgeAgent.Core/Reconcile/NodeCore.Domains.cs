using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Slots that are dealt to domains (docs/adr/0025). What runs outside its own is handed over to a node of that: at once where the rule is hard, for it may not be there, and
/// after a while where it is soft, so that a node that comes and goes moves nothing.
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Work runs so long outside its domain before a node of that takes it over, and up to twice as long, each slot at a time of its own.</summary>
    private static readonly TimeSpan HomeAfter = TimeSpan.FromSeconds(30);

    private bool IsHome(SlotId slot, WorkloadSpec spec) => spec.Spread is not { } rule || rule.IsHome(slot.Index, settings.Labels);

    /// <summary>Of a hard rule only a slot of this node's domain may begin here.</summary>
    private bool MayBeginHere(SlotId slot, WorkloadSpec spec) => spec.Spread is not { IsHard: true } || IsHome(slot, spec);

    /// <summary>Why a slot of a hard rule may not run here, for a person; empty where it may.</summary>
    private string WhyNotHome(SlotId slot, WorkloadSpec spec) => Obstacles.OfDomain(slot, spec, settings.Labels)?.Text ?? "";

    /// <summary>It runs here and should not: its domain is another, and what is no job and nobody's alone can be handed over.</summary>
    private bool IsAway(SlotId slot, WorkloadSpec spec) =>
        spec is { Spread: not null, Mode: WorkloadMode.Replicated } && (spec.Spread.IsHard || spec.Partition == PartitionPolicy.Failover) && !IsHome(slot, spec);

    /// <summary>A slot that runs outside its domain is vacant for that domain alone, and not at once.</summary>
    private Vacancy WhereItBelongs(SlotId slot, Intent intent, Vacancy vacancy)
    {
        if (!vacancy.IsVacant || intent.Spec!.Spread is not { IsHard: false } rule
            || _claims[slot].GreatestHeld(intent.Incarnation, intent.RunId) is not { Claim: { IsMisplaced: true, IsLeaving: true, IsStarted: true } } held || held.Claim.Node == settings.Node
            || _members.StandingOf(held.Claim.Node, _now) is not (PeerStanding.Present or PeerStanding.Draining))
        {
            return vacancy;
        }

        if (!IsHome(slot, intent.Spec))
        {
            return new(false, null, $"{held.Claim.Node} runs it until a node with {rule.By}={rule.DomainOf(slot.Index)} does");
        }

        var homeAt = held.At + (HomeAfter * (1 + Part(StableHash.Of(slot))));
        return _now >= homeAt ? vacancy : new(false, homeAt, $"{held.Claim.Node} runs it outside its domain; it comes to {rule.By}={rule.DomainOf(slot.Index)} in {Math.Ceiling((homeAt - _now).TotalSeconds):0} s");
    }
}
