using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>Whether a slot may be bid for, when it will be, and why: the text is shown by <c>why</c>.</summary>
public readonly partial record struct Vacancy(bool IsVacant, TimeSpan? RetryAt, string Reason)
{
    /// <summary>
    /// The rule of protocol.md, "Vacant". What counts at once counts in a settled view, or where the word that makes it so came
    /// live, or for a live generation 1 (docs/adr/0003); otherwise when the view has settled (traces.md, 6 and 26).
    /// </summary>
    public static Vacancy Of(Intent intent, bool intentIsLive, SlotClaims claims, Membership members, TimeSpan window, TimeSpan now, NodeId self = default)
    {
        Invariant.That(intent.Spec is not null, "only a living workload has vacancies");
        if (members.BarrierAt is null)
        {
            return new(false, null, "not connected, or still reading what the broker keeps");
        }

        var (first, isLower) = (claims.Greatest(intent.Incarnation, intent.RunId), false);
        if (first is { } bid && ((bid.Claim.Phase == ClaimPhase.Withdrawn && !Mutation.WithdrawnVacates) || (bid.Claim.Phase == ClaimPhase.Seen && !Mutation.SeenVacates) || (bid.Claim.Phase == ClaimPhase.Bid && (now - bid.At >= window || now >= members.AbsentSince(bid.Claim.Node, now) + intent.Spec!.LostAfter)))
            && claims.GreatestHeld(intent.Incarnation, intent.RunId) is { } held)
        {
            // A witness knows of a later holder, whose word is missing here: this one's doesn't tell that the slot is free. Nor does the bid of one who is lost.
            (first, isLower) = (held, bid.Claim.Phase == ClaimPhase.Seen && bid.Claim.Epoch > held.Claim.Epoch);
        }

        if (first is not { } greatest || greatest.Claim.Phase is ClaimPhase.Withdrawn or ClaimPhase.Seen)
        {
            var isNew = (intentIsLive && intent.Generation == 1) || Mutation.MissingClaimMeansVacantAtOnce;
            return WhenSettled(isNew, members, now, "nobody holds it");
        }

        var claim = greatest.Claim;
        if (ClaimOrder.Succeeded(claim, intent.RunId))
        {
            return new(false, null, $"it succeeded on {claim.Node}");
        }

        var isPinnedElsewhere = intent.Spec!.Partition == PartitionPolicy.Pin && claim.Node != self;
        if (isPinnedElsewhere && (claim.Phase == ClaimPhase.Failed || claim is { IsHolding: true, IsStarted: true }))
        {
            return new(false, null, $"{claim.Node} {(claim.Phase == ClaimPhase.Failed ? "failed at it" : "holds it")}, and it is pinned");
        }

        if (claim.Phase == ClaimPhase.Failed)
        {
            return AfterFailure(intent, greatest, members, now);
        }

        if (!claim.IsHolding)
        {
            return WhenSettled((!greatest.Retained && !isLower) || Mutation.RetainedReleasedCountsAtOnce, members, now, $"{claim.Node} gave it up");
        }

        if (claim.Phase == ClaimPhase.Bid && now - greatest.At >= window)
        {
            return WhenSettled(!greatest.Retained, members, now, $"the bid of {claim.Node} was not decided");
        }

        if (claim is { IsLeaving: true, IsExclusive: false, Phase: ClaimPhase.Held or ClaimPhase.Running } && claim.Node != self && intent.Spec!.Partition != PartitionPolicy.Pin)
        {
            return WhenSettled(!greatest.Retained, members, now, $"{claim.Node} is to be rid of it, and runs it until another does");
        }

        var stuckAt = greatest.At + (intent.Spec!.ProgressDeadline * 2);
        if (claim.Phase == ClaimPhase.Held && now >= stuckAt)
        {
            return WhenSettled(!greatest.Retained, members, now, $"{claim.Node} holds it and has not started it");
        }

        if (intent.Spec!.Partition == PartitionPolicy.Pin)
        {
            return new(false, null, $"{claim.Node} holds it, and it is pinned");
        }

        if (members.AbsentSince(claim.Node, now) is not { } since)
        {
            return new(false, claim.Phase == ClaimPhase.Bid ? greatest.At + window : claim.Phase == ClaimPhase.Held ? stuckAt : MissedAt(claim.Node, members, now), $"{claim.Node} holds it");
        }

        var lostAt = since + intent.Spec.LostAfter;
        return now < lostAt
            ? new(false, Later(lostAt, members.SettledAt), $"{claim.Node} has been gone for {(now - since).TotalSeconds:0} s, and counts as lost after {intent.Spec.LostAfter.TotalSeconds:0} s")
            : WhenSettled(false, members, now, $"{claim.Node}, which held it, is lost");
    }

    /// <summary>A job has its attempts over all nodes, and a wait between them.</summary>
    private static Vacancy AfterFailure(Intent intent, SlotClaims.Heard failed, Membership members, TimeSpan now)
    {
        var claim = failed.Claim;
        if (intent.Spec is not { Mode: WorkloadMode.Job } spec || claim.RunId < intent.RunId)
        {
            return WhenSettled(!failed.Retained, members, now, $"it failed on {claim.Node}: {claim.Reason}");
        }

        if (claim.Attempts >= spec.Job.Attempts)
        {
            return new(false, null, $"its {claim.Attempts} attempts are used up; the last failed on {claim.Node}: {claim.Reason}");
        }

        return now < failed.At + spec.Job.Backoff
            ? new(false, failed.At + spec.Job.Backoff, $"attempt {claim.Attempts} failed on {claim.Node}: {claim.Reason}; the next waits {spec.Job.Backoff.TotalSeconds:0} s")
            : WhenSettled(!failed.Retained, members, now, $"attempt {claim.Attempts} failed on {claim.Node}: {claim.Reason}");
    }

    private static Vacancy WhenSettled(bool atOnce, Membership members, TimeSpan now, string reason) =>
        atOnce || members.IsSettled(now)
            ? new(true, null, reason)
            : new(false, members.SettledAt, $"{reason}, as far as an unsettled view shows");

    /// <summary>When a node that isn't heard would begin to count as absent; null: it is heard, or has said that it is off.</summary>
    private static TimeSpan? MissedAt(NodeId node, Membership members, TimeSpan now) => members.IsSettled(now) ? members.SilentAt(node) : members.SettledAt;

    private static TimeSpan Later(TimeSpan a, TimeSpan? b) => b is { } other && other > a ? other : a;
}
