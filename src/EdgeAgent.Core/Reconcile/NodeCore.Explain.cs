using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>A slot as this node sees it. The claim is the one that stands of its incarnation; null where there is none.</summary>
public sealed record SlotView(SlotId Slot, OwnPhase Own, Claim? Greatest, string Text);

/// <summary>What an operator asks: the rules' own answers, nothing recomputed in another way.</summary>
public sealed partial class NodeCore
{
    /// <summary>Why this node could not take another slot of a workload now; empty where it could.</summary>
    public string WhyNot(Intent intent) => WhyNot(intent, Describe()) is { Length: > 0 } why ? why + TextOfVictims(intent) : "";

    /// <summary>Why it could not take this slot.</summary>
    public string WhyNot(Intent intent, SlotId slot) => WhyNotHome(slot, intent.Spec!) is { Length: > 0 } elsewhere ? elsewhere : WhyNot(intent);

    /// <summary>
    /// The same of one slot: what an operator keeps off is new work. Pinned work that failed here is not new, nor what was given up because of a drain and nobody else took.
    /// </summary>
    private bool CouldTake(OwnSlot own, Intent intent)
    {
        var isOld = own.IsGivenUpByDrain || (intent.Spec!.Partition == PartitionPolicy.Pin && own.Word is { Phase: ClaimPhase.Failed } word && word.Incarnation == intent.Incarnation);
        return WhyNotHome(own.Slot, intent.Spec!).Length == 0 && CouldTake(intent, isOld ? Describe() with { IsCordoned = false } : Describe());
    }

    private string WhyNot(Intent intent, in Self self)
    {
        var hindrance = Filter.WhyNot(intent, self);
        return hindrance.Length == 0 && intent.Spec!.Run.IsOncePerNode && _parts.Of(intent.Workload).Count > 0 ? "a slot of it is here, and a device has its unit only once" : hindrance;
    }

    /// <summary>The same without its text.</summary>
    private bool CouldTake(Intent intent) => CouldTake(intent, Describe());

    private bool CouldTake(Intent intent, in Self self) => Filter.Check(intent, self).IsNone && !(intent.Spec!.Run.IsOncePerNode && _parts.Of(intent.Workload).Count > 0);

    public IEnumerable<SlotView> ExplainSlots(WorkloadName workload)
    {
        if (!_intents.TryGetValue(workload, out var known) || known.Intent.Spec is not { } spec)
        {
            yield break;
        }

        foreach (var slot in SlotsOf(known.Intent))
        {
            var own = PhaseOf(slot);
            var greatest = spec.Mode == WorkloadMode.Everywhere ? _own.GetValueOrDefault(slot)?.Word : _claims[slot].Standing(known.Intent.Incarnation, known.Intent.RunId)?.Claim;
            var text = own switch
            {
                OwnPhase.Holding => $"held here at epoch {_own[slot].Word!.Epoch}, {_own[slot].Word!.Phase.ToString().ToLowerInvariant()}, score {_own[slot].Word!.Score}{(_own[slot].Word!.Reason.Length > 0 ? $"; {_own[slot].Word!.Reason}" : "")}{Preemption.Tell(_own[slot].Word!)}{(TextOfLeaving(_own[slot], known.Intent) is { Length: > 0 } leaving ? $"; {leaving}" : "")}",
                OwnPhase.Stopping => $"being stopped here: {_own[slot].StopReason}",
                OwnPhase.Bidding => $"bid for here at epoch {_own[slot].Word!.Epoch}, not decided yet{Votes(_own[slot])}",
                OwnPhase.Waiting => $"vacant; {WhenItBids(_own[slot])}{LastTry(greatest)}",
                _ => $"{Describe(VacancyOf(slot, known), greatest)}{(WhyNotHome(slot, spec) is { Length: > 0 } not ? $" (does not bid: {not})" : "")}",
            };
            yield return new SlotView(slot, own, greatest, text);
        }
    }

    private string WhenItBids(OwnSlot own) => own.NotBefore > _now
        ? $"this node tries again in {Math.Ceiling((own.NotBefore - _now).TotalSeconds):0} s"
        : "this node waits for its turn to bid";

    private static string LastTry(Claim? greatest) => greatest switch
    {
        { Phase: ClaimPhase.Failed } => $"; the last try, on {greatest.Node}, failed: {greatest.Reason}",
        { Phase: ClaimPhase.Released, Reason.Length: > 0 } => $": {greatest.Reason}",
        _ => "",
    };

    private static string Describe(Vacancy vacancy, Claim? greatest) => vacancy.IsVacant
        ? $"vacant: {vacancy.Reason}{LastTry(greatest)}"
        : greatest is { IsHolding: true } ? $"{vacancy.Reason} (epoch {greatest.Epoch}, {greatest.Phase.ToString().ToLowerInvariant()})" : vacancy.Reason;
}
