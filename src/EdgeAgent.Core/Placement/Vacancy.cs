using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>Whether a slot may be bid for, when it will be, and why: the text is shown by <c>why</c>.</summary>
public readonly record struct Vacancy(bool IsVacant, TimeSpan? RetryAt, string Reason)
{
    /// <summary>
    /// The rule of protocol.md, "Vacant". What counts at once counts in a settled view, or where the word that makes it so came
    /// live, or for a live generation 1 that follows no tombstone; otherwise when the view has settled (traces.md, 6 and 26).
    /// </summary>
    public static Vacancy Of(Intent intent, bool intentIsLive, SlotClaims claims, Membership members, TimeSpan window, TimeSpan now)
    {
        Invariant.That(intent.Spec is not null, "only a living workload has vacancies");
        if (members.BarrierAt is null)
        {
            return new(false, null, "not connected, or still reading what the broker keeps");
        }

        if (claims.Greatest(intent.Incarnation, intent.RunId) is not { } greatest || greatest.Claim.Phase is ClaimPhase.Withdrawn or ClaimPhase.Seen)
        {
            var isNew = intentIsLive && intent.Generation == 1 && intent.Follows.IsNone;
            return WhenSettled(isNew, members, now, "nobody holds it");
        }

        var claim = greatest.Claim;
        if (ClaimOrder.Succeeded(claim, intent.RunId))
        {
            return new(false, null, $"it succeeded on {claim.Node}");
        }

        if (!claim.IsHolding)
        {
            return claim.Phase == ClaimPhase.Failed && intent.Spec!.Mode == WorkloadMode.Job && claim.Attempts >= intent.Spec.Job.Attempts && claim.RunId >= intent.RunId
                ? new(false, null, $"its {claim.Attempts} attempts are used up")
                : WhenSettled(!greatest.Retained, members, now, $"{claim.Node} gave it up");
        }

        if (claim.Phase == ClaimPhase.Bid && now - greatest.At >= window)
        {
            return WhenSettled(!greatest.Retained, members, now, $"the bid of {claim.Node} was not decided");
        }

        if (intent.Spec!.Partition == PartitionPolicy.Pin)
        {
            return new(false, null, $"{claim.Node} holds it, and it is pinned");
        }

        if (members.AbsentSince(claim.Node, now) is not { } since)
        {
            return new(false, claim.Phase == ClaimPhase.Bid ? greatest.At + window : members.IsSettled(now) ? null : members.SettledAt, $"{claim.Node} holds it");
        }

        var lostAt = since + intent.Spec.LostAfter;
        return now < lostAt
            ? new(false, Later(lostAt, members.SettledAt), $"{claim.Node} has been gone for {(now - since).TotalSeconds:0} s, and counts as lost after {intent.Spec.LostAfter.TotalSeconds:0} s")
            : WhenSettled(false, members, now, $"{claim.Node}, which held it, is lost");
    }

    private static Vacancy WhenSettled(bool atOnce, Membership members, TimeSpan now, string reason) =>
        atOnce || members.IsSettled(now)
            ? new(true, null, reason)
            : new(false, members.SettledAt, $"{reason}, as far as an unsettled view shows");

    private static TimeSpan Later(TimeSpan a, TimeSpan? b) => b is { } other && other > a ? other : a;
}
