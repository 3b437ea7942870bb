namespace EdgeAgent.Core.Placement;

/// <summary>
/// The total order of a slot's claims across nodes (protocol.md, "Claim"): the state of a slot is their maximum, so merging
/// is commutative, associative and idempotent. Claims of one node are ordered by <see cref="Claim.Order"/> before they come here.
/// </summary>
public static class ClaimOrder
{
    /// <summary>
    /// Greater than zero where <paramref name="a"/> is the greater: <c>succeeded</c> of the run; the epoch; the rank of the phase;
    /// the score; the hash of (slot, node), and the node's name last, so that equal means the same node.
    /// </summary>
    public static int Compare(Claim a, Claim b, long runId)
    {
        var aSucceeded = Succeeded(a, runId);
        var bSucceeded = Succeeded(b, runId);
        if (aSucceeded != bSucceeded)
        {
            return aSucceeded ? 1 : -1;
        }

        var byEpoch = a.Epoch.CompareTo(b.Epoch);
        if (byEpoch != 0)
        {
            return byEpoch;
        }

        var byRank = Rank(a.Phase).CompareTo(Rank(b.Phase));
        if (byRank != 0)
        {
            return byRank;
        }

        return CompareBids(a, b);
    }

    /// <summary>The part of the order that decides between two bids of one epoch.</summary>
    public static int CompareBids(Claim a, Claim b)
    {
        var byScore = a.Score.CompareTo(b.Score);
        if (byScore != 0)
        {
            return byScore;
        }

        var byHash = StableHash.Of(a.Slot, a.Node).CompareTo(StableHash.Of(b.Slot, b.Node));
        return byHash != 0 ? byHash : a.Node.CompareTo(b.Node);
    }

    public static bool Succeeded(Claim claim, long runId) => claim.Phase == ClaimPhase.Succeeded && claim.RunId >= runId;

    /// <summary>
    /// `released` stood above `bid` once, and two nodes ran (traces.md, 25): within an epoch what holds is above what held,
    /// a bid above a bid given up. A `succeeded` of an earlier run counts as what held.
    /// </summary>
    private static int Rank(ClaimPhase phase) => phase switch
    {
        ClaimPhase.Held or ClaimPhase.Running or ClaimPhase.Updating => 4,
        ClaimPhase.Released or ClaimPhase.Failed or ClaimPhase.Succeeded => 3,
        ClaimPhase.Bid => 2,
        ClaimPhase.Withdrawn => 1,
        _ => 0,
    };
}
