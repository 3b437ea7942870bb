using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The rules of one bidder for exclusive work, word by word.</summary>
public sealed class ExclusiveBidTests
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("web"), 0);
    private static readonly NodeId Self = NodeId.Parse("d");
    private static readonly NodeId Unheard = NodeId.Parse("b");
    private static readonly NodeId Loser = NodeId.Parse("c");
    private static readonly Incarnation Life = new(42);

    private readonly NodeCore _core = new(new CoreSettings { Node = Self, Instance = 7, Window = TimeSpan.FromSeconds(2), Capacity = new(new(4000), new(1L << 30), default, 100), Architecture = "amd64", Features = ["run.exec/1"] });
    private readonly List<Effect> _effects = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    /// <summary>Seed 371: it heard only that another had given its bid up, bid above one that it never heard, and found that in the broker's store, undecided.</summary>
    [Fact]
    public void A_bid_below_whose_copy_was_lost_may_be_held_and_is_waited_for()
    {
        BidAbove(Loser);
        var below = Said(Unheard, ClaimPhase.Bid, rev: 1);
        ReadBack(below);
        Assert.DoesNotContain(_effects.OfType<SayClaim>(), s => s.Claim.IsStarted);

        Happens(new ClaimHeard(Said(Unheard, ClaimPhase.Held, rev: 2), Retained: false));
        Assert.Equal(ClaimPhase.Withdrawn, Latest().Phase);
    }

    [Fact]
    public void A_bid_below_that_is_given_up_is_in_nobodys_way()
    {
        BidAbove(Loser);
        ReadBack(Said(Unheard, ClaimPhase.Bid, rev: 1));
        Happens(new ClaimHeard(Said(Unheard, ClaimPhase.Withdrawn, rev: 2), Retained: false));
        Assert.Equal(ClaimPhase.Held, Latest().Phase);
    }

    /// <summary>
    /// Seed 2901: the agent was killed while its disk was slow, and came back long after its fence had ended the work. What it found there was of a later generation than the word on its disk, was cleared
    /// away, and started anew at the old epoch, under a lease of the new connection, beside the node that had taken it meanwhile.
    /// </summary>
    [Fact]
    public void What_an_earlier_agent_left_is_not_started_anew_under_a_later_lease()
    {
        _core.Restore([Wanted() with { Generation = 3, RunId = 3 }], [Said(Self, ClaimPhase.Held, rev: 4)], rev: 9);
        Happens(new WorkFound(new Launch(Slot, Life, Generation: 2, new Epoch(1)), "edge-web-0.service", 12));
        Happens(new WorkListed());
        Happens(new LinkOpened(2));
        Happens(new PresencesRead());
        Happens(new ClaimsRead(uint.MaxValue));
        Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        Happens(new OnlineStored());
        Happens(new LeaseRenewed(_now));
        if (_effects.OfType<PutUpFence>().LastOrDefault() is { } fence)
        {
            Happens(new FenceStands(fence.Until, ""));
        }

        Happens(new WorkGone(Slot));
        Assert.Empty(_effects.OfType<StartWork>());
        Assert.Equal(ClaimPhase.Released, Latest().Phase);
    }

    private void BidAbove(NodeId loser)
    {
        Happens(new LinkOpened(1));
        foreach (var node in (NodeId[])[Unheard, Loser])
        {
            Happens(new PresenceHeard(new Presence(node, 1, 1, PresenceState.Online), Retained: false));
        }

        Happens(new PresencesRead());
        Happens(new ClaimsRead(uint.MaxValue));
        Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        Happens(new OnlineStored());
        Happens(new IntentHeard(Wanted(), Retained: false));
        Happens(new ClaimHeard(Said(loser, ClaimPhase.Withdrawn, rev: 2), Retained: false));
        while (_core.PhaseOf(Slot) != OwnPhase.Bidding)
        {
            _now = _core.NextWake!.Value;
            Happens(new Woken());
        }

        Assert.Equal(new Epoch(2), Latest().Epoch);
    }

    /// <summary>The lease is acknowledged, the fence stands, the own bid comes back, and the broker is asked what it keeps.</summary>
    private void ReadBack(Claim kept)
    {
        Happens(new LeaseRenewed(_now));
        Happens(new FenceStands(_effects.OfType<PutUpFence>().Last().Until, ""));
        Happens(new ClaimHeard(Latest(), Retained: false));
        var asked = _effects.OfType<ReadSlot>().Last();
        Happens(new ClaimHeard(kept, Retained: true));
        Happens(new SlotRead(Slot, asked.Id, asked.Holders) { Claims = [kept, Latest()] });
    }

    private void Happens(CoreEvent what) => _core.Step(what, _now += TimeSpan.FromMilliseconds(1), _effects);

    private Claim Latest() => _effects.OfType<SayClaim>().Last().Claim;

    private static Claim Said(NodeId node, ClaimPhase phase, long rev) => new()
    {
        Slot = Slot,
        Node = node,
        Incarnation = Life,
        Generation = 1,
        RunId = 1,
        Epoch = new(1),
        Phase = phase,
        Score = 500,
        Order = new(1, rev),
        Instance = 1,
        Mode = PartitionPolicy.Exclusive,
        Lease = WorkloadSpec.Defaults.Lease,
        StopTimeout = WorkloadSpec.Defaults.StopTimeout,
    };

    private static Intent Wanted() => new()
    {
        Workload = Slot.Workload,
        Incarnation = Life,
        Generation = 1,
        RunId = 1,
        Digest = default,
        Signed = default,
        Features = ["run.exec/1"],
        Spec = new WorkloadSpec { Run = new ExecRun(["/bin/web"]), Partition = PartitionPolicy.Exclusive },
    };
}
