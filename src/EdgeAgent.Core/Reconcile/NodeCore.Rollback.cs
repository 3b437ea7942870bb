using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Work that turns out to be bad in the slots that took it first is rejected, and all go back to the work before: nobody decides it for the others, for a rejection
/// absorbs, and every claim of the workload carries it on (docs/adr/0020).
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Work that ends so often before its trial is over is bad, also where it can serve in between.</summary>
    private const int EndsOnTrialMax = 3;

    /// <summary>Work on trial that says nothing of its readiness counts as ready when its process has gone on for so long: until then it keeps its permit.</summary>
    private static readonly TimeSpan SettlingMax = TimeSpan.FromSeconds(10);

    private static TimeSpan Settling(WorkloadSpec spec) => spec.ProgressDeadline / 2 < SettlingMax ? spec.ProgressDeadline / 2 : SettlingMax;

    /// <summary>The slot has what is wanted of it; a restart of the agent or of the work is something else.</summary>
    private static bool IsCurrent(Claim word, Intent intent) => word.Generation == intent.Generation && word.RunId == intent.RunId;

    /// <summary>What runs is to be left as it is for now.</summary>
    private static bool IsHeldBack(Claim word, Intent intent) => intent.Spec!.IsPaused && word.RunId != intent.RunId && word.Incarnation == intent.Incarnation;

    private static bool IsOnTrial(Claim? word, Intent? intent) => word is { IsOnTrial: true } && intent is { IsTried: true } && word.RunId == intent.RunId;

    /// <summary>
    /// Whether a slot that takes this intent's work is on trial: after other work, or where its last holder died in the middle. One that nobody has held is, as long as no
    /// other slot has proved the work.
    /// </summary>
    private bool BeginsTrial(Claim? before, Intent intent) => intent.IsTried
        && (before?.Incarnation == intent.Incarnation && before.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen)
            ? before.RunId < intent.RunId || before.IsOnTrial
            : !SlotsOf(intent).Any(s => _claims[s].Words.Any(c => Trial.IsProof(c, intent))));

    /// <summary>The work has run, and could serve, for as long as it may take to come up: what happens to it now says nothing about the change.</summary>
    private void EndTrialWhenDue(OwnSlot own, Intent intent)
    {
        if (!IsOnTrial(own.Word, intent) || !own.IsReady)
        {
            return;
        }

        var until = own.SinceStart + intent.Spec!.ProgressDeadline;
        if (_now < until)
        {
            LookAgainAt(own.Slot, until);
            return;
        }

        own.Word = own.Word! with { IsOnTrial = false };
        Say(own, own.Word.Phase, isKept: CanKeep, own.Word.Reason);
    }

    /// <summary>False where it isn't the change that is on trial. Else the slot is on its way back, and all others of it here will be.</summary>
    private bool Reject(OwnSlot own, string reason)
    {
        if (!_intents.TryGetValue(own.Slot.Workload, out var known) || !IsOnTrial(own.Word, known.Intent) || Mutation.RejectionIgnored)
        {
            return false;
        }

        var (bad, back) = (known.Intent.Generation, known.Intent.Fallback!.Generation);
        _effects.Add(new Tell("RolledBack", own.Slot.Workload.Value, "Rejected", $"generation {bad} is rejected because of {own.Slot}: {reason}; the work of generation {back} is wanted again (edgectl rollout status {own.Slot.Workload})", IsEvent: true));
        GoBack(known);
        Stop(own, $"generation {bad} is rejected: {reason}", AfterStop.StartAnew);
        return true;
    }

    private void GoBack(KnownIntent known)
    {
        var before = known.Intent;
        known.RollBack();
        LookAtApart();
        LookAtHinderedBy(before, known.Intent);
        CountDemand(before, known.Intent);
        _toLookAt.UnionWith(SlotsHere(known.Intent));
        _toLookAt.UnionWith(_parts.AllOf(known.Intent.Workload));
    }

    /// <summary>Another has rejected the work that is wanted.</summary>
    private void TakeRejection(Claim claim)
    {
        if (claim.Rejected != 0 && _intents.TryGetValue(claim.Slot.Workload, out var known) && IsRejectedBy(claim, known.Intent))
        {
            GoBack(known);
        }
    }

    /// <summary>The claims were there before the intent.</summary>
    private void TakeRejections(KnownIntent known)
    {
        if (known.Intent.IsTried && SlotsOf(known.Intent).Any(s => _claims[s].Words.Any(c => IsRejectedBy(c, known.Intent))))
        {
            GoBack(known);
        }
    }

    private static bool IsRejectedBy(Claim claim, Intent intent) => intent.IsTried && Trial.IsRejection(claim, intent) && !Mutation.RejectionNotHeard;
}
