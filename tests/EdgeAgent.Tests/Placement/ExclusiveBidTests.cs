using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The rules of one bidder for exclusive work, word by word.</summary>
public sealed class ExclusiveBidTests
{
    private static readonly NodeId Unheard = NodeId.Parse("b");
    private static readonly NodeId Loser = NodeId.Parse("c");

    private readonly OneCore _one = new();

    /// <summary>Seed 371: it heard only that another had given its bid up, bid above one that it never heard, and found that in the broker's store, undecided.</summary>
    [Fact]
    public void A_bid_below_whose_copy_was_lost_may_be_held_and_is_waited_for()
    {
        BidAbove(Loser);
        var below = OneCore.Said(Unheard, ClaimPhase.Bid, rev: 1);
        ReadBack(below);
        Assert.DoesNotContain(_one.Effects.OfType<SayClaim>(), s => s.Claim.IsStarted);

        _one.Happens(new ClaimHeard(OneCore.Said(Unheard, ClaimPhase.Held, rev: 2), Retained: false));
        Assert.Equal(ClaimPhase.Withdrawn, _one.Latest().Phase);
    }

    [Fact]
    public void A_bid_below_that_is_given_up_is_in_nobodys_way()
    {
        BidAbove(Loser);
        ReadBack(OneCore.Said(Unheard, ClaimPhase.Bid, rev: 1));
        _one.Happens(new ClaimHeard(OneCore.Said(Unheard, ClaimPhase.Withdrawn, rev: 2), Retained: false));
        Assert.Equal(ClaimPhase.Held, _one.Latest().Phase);
    }

    /// <summary>
    /// Seed 2901: the agent was killed while its disk was slow, and came back long after its fence had ended the work. What it found there was of a later generation than the word on its disk, was cleared
    /// away, and started anew at the old epoch, under a lease of the new connection, beside the node that had taken it meanwhile.
    /// </summary>
    [Fact]
    public void What_an_earlier_agent_left_is_not_started_anew_under_a_later_lease()
    {
        _one.Core.Restore([OneCore.Wanted() with { Generation = 3, RunId = 3 }], [OneCore.Said(OneCore.Self, ClaimPhase.Held, rev: 4)], rev: 9);
        _one.Happens(new WorkFound(new Launch(OneCore.Slot, OneCore.Life, Generation: 2, new Epoch(1)), "edge-web-0.service", 12));
        _one.Happens(new WorkListed());
        _one.Connect(2);
        _one.Happens(new LeaseRenewed(_one.Now));
        if (_one.Effects.OfType<PutUpFence>().LastOrDefault() is { } fence)
        {
            _one.Happens(new FenceStands(fence.Until, ""));
        }

        _one.Happens(new WorkGone(OneCore.Slot));
        Assert.Empty(_one.Effects.OfType<StartWork>());
        Assert.Equal(ClaimPhase.Released, _one.Latest().Phase);
    }

    private void BidAbove(NodeId loser)
    {
        _one.Connect(1, Unheard, Loser);
        _one.Happens(new IntentHeard(OneCore.Wanted(), Retained: false));
        _one.Happens(new ClaimHeard(OneCore.Said(loser, ClaimPhase.Withdrawn, rev: 2), Retained: false));
        _one.WaitUntil(() => _one.Core.PhaseOf(OneCore.Slot) == OwnPhase.Bidding);
        Assert.Equal(new Epoch(2), _one.Latest().Epoch);
    }

    /// <summary>The lease is acknowledged, the fence stands, the own bid comes back, and the broker is asked what it keeps.</summary>
    private void ReadBack(Claim kept)
    {
        _one.Happens(new LeaseRenewed(_one.Now));
        _one.Happens(new FenceStands(_one.Effects.OfType<PutUpFence>().Last().Until, ""));
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        var asked = _one.Effects.OfType<ReadSlot>().Last();
        _one.Happens(new ClaimHeard(kept, Retained: true));
        _one.Happens(new SlotRead(OneCore.Slot, asked.Id, asked.Holders) { Claims = [kept, _one.Latest()] });
    }
}
