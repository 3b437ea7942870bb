using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>The rule of protocol.md, "Exclusive", as far as words and presences decide it. The leases of those who are gone come on top.</summary>
public readonly partial record struct Vacancy
{
    /// <param name="intent">What is wanted: exclusive work.</param>
    /// <param name="intentIsLive">It was heard live in this connection.</param>
    /// <param name="claims">What has been said of the slot.</param>
    /// <param name="members">Who is there.</param>
    /// <param name="now">The loop's clock.</param>
    /// <param name="self">This node.</param>
    /// <param name="lost">Those who are gone and may have run it: it is vacant only when the lease of each has run out.</param>
    public static Vacancy OfExclusive(Intent intent, bool intentIsLive, SlotClaims claims, Membership members, TimeSpan now, NodeId self, out IReadOnlyList<Claim> lost)
    {
        lost = [];
        if (members.BarrierAt is null)
        {
            return new(false, null, "not connected, or still reading what the broker keeps");
        }

        var last = claims.GreatestHeld(intent.Incarnation, intent.RunId);
        if (last is { } done && ClaimOrder.Succeeded(done.Claim, intent.RunId))
        {
            return new(false, null, $"it succeeded on {done.Claim.Node}");
        }

        if (last is { } greatest && claims.RunsBelow(greatest.Claim.Epoch, intent.Incarnation, self, c => members.AbsentSince(c.Node, now) is null) is { } below)
        {
            return new(false, MissedAt(below.Node, members, now), $"{below.Node} holds it, at an epoch below that of {greatest.Claim.Node}, until it has heard of that");
        }

        var holders = claims.MayRun(intent.Incarnation, intent.RunId);
        foreach (var holder in holders)
        {
            if (StillThere(holder, members, now, self) is { } hindrance)
            {
                return hindrance;
            }
        }

        lost = holders;
        if (lost.Count > 0)
        {
            return WhenSettled(false, members, now, $"{string.Join(" and ", lost.Select(c => c.Node))}, which held it, {(lost.Count == 1 ? "is" : "are")} lost");
        }

        if (last is { Claim.Phase: ClaimPhase.Failed } failed && AfterFailure(intent, failed, members, now) is { IsVacant: false } exhausted)
        {
            return exhausted;
        }

        return WhenLeasesHaveRunOut(intent, intentIsLive, last?.Claim, members, now);
    }

    private static Vacancy? StillThere(Claim holder, Membership members, TimeSpan now, NodeId self)
    {
        if (holder.Node == self)
        {
            return new(false, null, "this node's own word on it is not settled yet");
        }

        if (!holder.IsExclusive)
        {
            return new(false, null, $"{holder.Node} ran it without a lease (its partition was {holder.Mode.ToString().ToLowerInvariant()}), so nobody knows when it ends there: only its own word frees the slot");
        }

        return members.AbsentSince(holder.Node, now) is null ? new(false, MissedAt(holder.Node, members, now), $"{holder.Node} {(holder.IsStarted ? "holds it" : "bids for it")}") : null;
    }

    /// <summary>
    /// Nobody is known to hold it. A store that was lost or set back says the same, of work whose holder isn't back and whose lease still runs (traces.md, 6 and 26).
    /// </summary>
    private static Vacancy WhenLeasesHaveRunOut(Intent intent, bool intentIsLive, Claim? last, Membership members, TimeSpan now)
    {
        var reason = last is null ? "nobody holds it" : $"{last.Node} gave it up";
        var isNew = (intentIsLive && intent.Generation == 1 && intent.Follows == default) || (last is null ? Mutation.MissingClaimMeansVacantAtOnce : Mutation.RetainedReleasedCountsAtOnce);
        var terms = last is null ? LeaseTerms.Of(intent.Spec!) : LeaseTerms.Longer(LeaseTerms.Of(intent.Spec!), LeaseTerms.Of(last));
        var at = members.SettledAt + terms.Wait;
        return isNew || now >= at ? new(true, null, reason) : new(false, at, $"{reason}, as far as is known; a holder that this broker forgot stops by itself until then");
    }
}
