using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What a bidder does next.</summary>
public enum BallotOutcome
{
    /// <summary>A worse bid isn't withdrawn yet, or the own echo isn't back.</summary>
    Wait,

    /// <summary>Publish <c>held</c> and start.</summary>
    Hold,

    /// <summary>Publish <c>withdrawn</c>; resources back.</summary>
    Withdraw,
}

/// <summary>
/// Step 5 of the claim race: decide on one's own echo. Score decides between bids; it never stops work that has started
/// (traces.md, 1): a <c>held</c> of this epoch wins over any bid, and each worse bidder is waited for until it says which.
/// </summary>
public static class Ballot
{
    /// <param name="own">This node's bid.</param>
    /// <param name="claims">What has been said of the slot.</param>
    /// <param name="intent">What is wanted.</param>
    /// <param name="isVoid">Whether a worse bid needn't be waited for: its node is gone, or it was not decided in time.</param>
    public static BallotOutcome Decide(Claim own, SlotClaims claims, Intent intent, Func<SlotClaims.Heard, bool> isVoid)
    {
        Invariant.That(own.Phase == ClaimPhase.Bid, "only a bid is decided");
        if (claims.Greatest(intent.Incarnation, intent.RunId) is not { } greatest || claims.Of(own.Node) is not { } echo || echo.Order != own.Order || echo.Instance != own.Instance)
        {
            return Mutation.NoEchoWait ? BallotOutcome.Hold : BallotOutcome.Wait;
        }

        if (ClaimOrder.Succeeded(greatest.Claim, intent.RunId) || greatest.Claim.Epoch > own.Epoch)
        {
            return BallotOutcome.Withdraw;
        }

        var waiting = false;
        foreach (var other in claims.OthersAt(own.Epoch, own.Node, own.Incarnation))
        {
            switch (other.Claim.Phase)
            {
                case ClaimPhase.Held or ClaimPhase.Running or ClaimPhase.Updating or ClaimPhase.Released or ClaimPhase.Failed or ClaimPhase.Seen when !Mutation.ScoreBeatsHeld || ClaimOrder.CompareBids(other.Claim, own) > 0:
                    return BallotOutcome.Withdraw;
                case ClaimPhase.Bid when Mutation.NoTieBreak && other.Claim.Score == own.Score:
                    break;
                case ClaimPhase.Bid when ClaimOrder.CompareBids(other.Claim, own) > 0:
                    return BallotOutcome.Withdraw;
                case ClaimPhase.Bid when !isVoid(other):
                    waiting = true;
                    break;
            }
        }

        return waiting ? BallotOutcome.Wait : BallotOutcome.Hold;
    }
}
