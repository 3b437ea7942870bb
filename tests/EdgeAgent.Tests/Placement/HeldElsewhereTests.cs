using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>What a node concludes of slots that it reads late in a connection.</summary>
public sealed class HeldElsewhereTests
{
    private static readonly NodeId[] Holders = [NodeId.Parse("a"), NodeId.Parse("b"), NodeId.Parse("c")];

    private readonly OneCore _one = new();

    /// <summary>Seed 3: of three slots that began to matter at once the first one's holder was doubted and asked, and the others' silence since the connection began, in which nobody had asked them, counted.</summary>
    [Fact]
    public void Of_several_whose_holders_are_doubted_at_once_each_has_time_to_answer()
    {
        Connect(Holders);
        var wanted = OneCore.Wanted(PartitionPolicy.Failover) with { Generation = 2 };
        _one.Happens(new IntentHeard(wanted with { Spec = wanted.Spec! with { Replicas = Holders.Length, LostAfter = TimeSpan.FromSeconds(1) } }, Retained: false));
        for (var i = 0; i < Holders.Length; i++)
        {
            _one.Happens(new ClaimHeard(OneCore.Said(Holders[i], ClaimPhase.Running, rev: 1) with { Slot = new SlotId(OneCore.Slot.Workload, i), Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, Retained: true));
        }

        _one.Happens(new SlotsRead([.. Enumerable.Range(0, Holders.Length).Select(i => new SlotId(OneCore.Slot.Workload, i))]));
        _one.WaitUntil(() => _one.Effects.OfType<AskHolder>().Any());
        Assert.Equal(Holders, _one.Effects.OfType<AskHolder>().Select(a => a.Holder).Order());
        Assert.Empty(_one.Effects.OfType<SayClaim>());
    }

    /// <summary>A broker that is behind with everything brings the holder the bid late, and the holder's answer later still: a thousand nodes came back to one, and two slots moved for nothing.</summary>
    [Fact]
    public void A_holder_who_seems_gone_has_as_long_to_answer_a_bid_as_its_echo_took()
    {
        Connect(Holders[0]);
        var wanted = OneCore.Wanted(PartitionPolicy.Failover) with { Generation = 2 };
        _one.Happens(new IntentHeard(wanted with { Spec = wanted.Spec! with { LostAfter = TimeSpan.FromSeconds(1) } }, Retained: false));
        _one.Happens(new ClaimHeard(OneCore.Said(Holders[0], ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero }, Retained: true));
        _one.Happens(new SlotsRead([OneCore.Slot]));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Assert.Equal(ClaimPhase.Bid, _one.Latest().Phase);

        var echo = TimeSpan.FromSeconds(1.5);
        _one.Passes(echo);
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        var echoAt = _one.Now;
        _one.WaitUntil(() => _one.Latest().Phase != ClaimPhase.Bid);
        Assert.Equal(ClaimPhase.Held, _one.Latest().Phase);
        Assert.True(_one.Now - echoAt >= echo, $"{_one.Now - echoAt}");
    }

    /// <summary>Seed 9628: of two words that it disowned one after the other only the lower epoch was remembered, and what it gave up at last went back below what its disk had.</summary>
    [Fact]
    public void Who_disowns_two_words_gives_up_at_the_higher_epoch_of_the_two()
    {
        var own = OneCore.Said(OneCore.Self, ClaimPhase.Running, rev: 4);
        _one.Core.Restore([OneCore.Wanted()], [own with { Phase = ClaimPhase.Held, Epoch = new(30), Instance = 5 }], rev: 9);
        _one.Happens(new WorkListed());
        _one.Happens(new ClaimHeard(own with { Phase = ClaimPhase.Withdrawn, Epoch = new(21), Instance = 6 }, Retained: true));
        _one.Happens(new LinkOpened(2));
        _one.Happens(new PresencesRead());
        _one.Happens(new ClaimsRead(uint.MaxValue));
        _one.Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        _one.Happens(new OnlineStored());
        _one.Happens(new LinkLost());
        _one.Happens(new ClaimHeard(own with { Epoch = new(27), Instance = 8, Order = new(1, 8) }, Retained: true));
        _one.Happens(new LinkOpened(3));
        _one.Happens(new PresencesRead());
        _one.Happens(new ClaimsRead(uint.MaxValue));
        _one.Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any(s => s.Claim.Phase == ClaimPhase.Released));
        Assert.Equal(new Epoch(30), _one.Effects.OfType<SayClaim>().Last(s => s.Claim.Phase == ClaimPhase.Released).Claim.Epoch);
    }

    /// <summary>Seed 2294: who witnessed an epoch of a slot that its holder had once offered said that it offered it itself, for good.</summary>
    [Fact]
    public void Who_witnesses_an_epoch_says_nothing_else_of_the_holder_s()
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        wanted = wanted with { Spec = wanted.Spec! with { Requires = new Requirements { Labels = new Dictionary<string, string> { ["zone"] = "elsewhere" } } } };
        var held = OneCore.Said(Holders[0], ClaimPhase.Running, rev: 2) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero, Epoch = new(5) };
        _one.Connect(1, Holders[0]);
        _one.Happens(new IntentHeard(wanted, Retained: false));
        _one.Happens(new ClaimHeard(held, Retained: false));
        _one.Happens(new LinkLost());
        _one.Connect(2, Holders[0]);
        _one.Happens(new IntentHeard(wanted, Retained: true));
        _one.Happens(new ClaimHeard(held with { Epoch = new(4), IsLeaving = true, IsMisplaced = true, OfferedAbove = 900_000 }, Retained: true));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Assert.Equal((ClaimPhase.Seen, new Epoch(5), false, false, 0), (_one.Latest().Phase, _one.Latest().Epoch, _one.Latest().IsLeaving, _one.Latest().IsMisplaced, _one.Latest().OfferedAbove));
    }

    /// <summary>Seed 5423: a node whose disk was set back counts its sessions from below what others remember of it, and they took what it said now for what it had said before.</summary>
    [Fact]
    public void The_word_of_the_life_that_is_there_counts_and_not_one_of_a_life_with_a_greater_session()
    {
        _one.Connect(1, Holders[0]);
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        _one.Happens(new IntentHeard(wanted, Retained: false));
        var said = OneCore.Said(Holders[0], ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };
        _one.Happens(new ClaimHeard(said with { Order = new(5, 9), Instance = 77 }, Retained: false));
        _one.Happens(new ClaimHeard(said with { Phase = ClaimPhase.Released, Instance = 78 }, Retained: false));
        Assert.Equal(ClaimPhase.Running, _one.Core.ExplainSlots(OneCore.Slot.Workload).Single().Greatest!.Phase);
        _one.Happens(new ClaimHeard(said with { Phase = ClaimPhase.Released }, Retained: false));
        Assert.Equal(ClaimPhase.Released, _one.Core.ExplainSlots(OneCore.Slot.Workload).Single().Greatest!.Phase);
    }

    /// <summary>Seed 5885: a stranger cleared the holder's word, and another bid in the millisecond before that was said again.</summary>
    [Fact]
    public void A_holder_whose_word_was_cleared_has_time_to_say_it_again()
    {
        _one.Connect(1, Holders[0]);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        var said = OneCore.Said(Holders[0], ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };
        _one.Happens(new ClaimHeard(said, Retained: false));
        _one.Passes(TimeSpan.FromSeconds(30));
        _one.Happens(new ClaimCleared(OneCore.Slot, Holders[0]));
        var cleared = _one.Now;
        _one.Happens(new SlotsRead([OneCore.Slot]));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Assert.True(_one.Now - cleared >= TimeSpan.FromMilliseconds(40), $"{_one.Now - cleared}");
    }

    /// <summary>Seed 7459: a clearing from before the workload came anew was delivered twice, then an older word of the holder, too; its latest was not known there any more, and nobody said it again.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void What_is_cleared_of_who_holds_a_wanted_slot_is_read_again(bool isDeleted, int reads)
    {
        _one.Connect(1, Holders[0]);
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        _one.Happens(new IntentHeard(wanted, Retained: false));
        var said = OneCore.Said(Holders[0], ClaimPhase.Running, rev: 2) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };
        _one.Happens(new ClaimHeard(said, Retained: false));
        if (isDeleted)
        {
            _one.Happens(new IntentHeard(wanted with { Generation = 2, Digest = new(0, 9), Spec = null }, Retained: false));
        }

        _one.Effects.Clear();
        _one.Happens(new ClaimCleared(OneCore.Slot, Holders[0]));
        _one.Happens(new ClaimHeard(said with { Phase = ClaimPhase.Held, Order = new(1, 1) }, Retained: false));
        Assert.Equal(Enumerable.Repeat(OneCore.Slot, reads), _one.Effects.OfType<ReadSlots>().SelectMany(r => r.Slots));
    }

    /// <summary>Seed 2377: to one node the holder's word was lost, and it bid at another's cost; a third, which knew who holds it, saw only a bid that does more harm than its own would.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nobody_bids_above_one_that_displaces_others_where_the_slot_runs_and_stays(bool isLeaving)
    {
        _one.Connect(1, Holders[0], Holders[1]);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        var said = OneCore.Said(Holders[0], ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };
        _one.Happens(new ClaimHeard(said with { IsLeaving = isLeaving }, Retained: false));
        _one.Happens(new ClaimHeard(said with { Node = Holders[1], Phase = ClaimPhase.Bid, Epoch = new(9), Score = 5, Displaces = SlotSet.From([new SlotId(WorkloadName.Parse("other"), 0)]) }, Retained: false));
        var began = _one.Now;
        _one.WaitUntil(() => _one.Now - began > TimeSpan.FromSeconds(1));
        Assert.Equal(isLeaving, _one.Effects.OfType<SayClaim>().Any());
    }

    /// <summary>Seed 6579: the broker kept a word of this node's own former life, which the disk has lost, above all that it says now.</summary>
    [Fact]
    public void A_node_s_own_live_word_counts_here_as_it_does_with_the_others()
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        var own = OneCore.Said(OneCore.Self, ClaimPhase.Held, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero };
        _one.Core.Restore([wanted], [own], rev: 1);
        _one.Happens(new WorkFound(new Launch(OneCore.Slot, OneCore.Life, 1, own.Epoch), "edge-web-0.service", 12));
        _one.Happens(new WorkListed());
        _one.Happens(new ClaimHeard(own with { Phase = ClaimPhase.Running, Epoch = new(6), Order = new(5, 9), Instance = 77 }, Retained: true));
        _one.Connect(2);
        _one.Happens(new ClaimHeard(own with { Phase = ClaimPhase.Running, Epoch = new(6), Order = new(5, 9), Instance = 77 }, Retained: true));
        _one.Happens(new ClaimHeard(own with { Phase = ClaimPhase.Running, Order = new(2, 9), Instance = 7 }, Retained: false));
        Assert.Equal(1, _one.Core.ExplainSlots(OneCore.Slot.Workload).Single().Greatest!.Epoch.Value);
    }

    /// <summary>Seed 3364: behind a cut cable the work went on here, another took it over and gave it up again, and nobody had room: it ran, and all counted it as vacant.</summary>
    [Fact]
    public void What_runs_below_a_word_of_one_who_gave_it_up_is_said_above_it()
    {
        _one.Connect(1, Holders[0]);
        _one.Happens(new IntentHeard(OneCore.Wanted(PartitionPolicy.Failover), Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
        var epoch = _one.Latest().Epoch;
        _one.Happens(new WorkStarted(new Launch(OneCore.Slot, OneCore.Life, 1, epoch), "edge-web-0.service", 12));
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);

        _one.Happens(new ClaimHeard(OneCore.Said(Holders[0], ClaimPhase.Released, rev: 5) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero, Epoch = new(7) }, Retained: true));
        _one.WaitUntil(() => _one.Latest().Epoch.Value > 7);
        Assert.Equal((ClaimPhase.Running, epoch), (_one.Latest().Phase, _one.Latest().LaunchEpoch));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
    }

    /// <summary>A connection in which those others are known by what the broker has kept of them alone, long after all who are there have come back.</summary>
    private void Connect(params NodeId[] others)
    {
        _one.Happens(new LinkOpened(1));
        foreach (var node in others)
        {
            _one.Happens(new PresenceHeard(new Presence(node, 1, 1, PresenceState.Online), Retained: true));
        }

        _one.Happens(new PresencesRead());
        _one.Happens(new ClaimsRead(uint.MaxValue));
        _one.Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        _one.Happens(new OnlineStored());
        _one.WaitUntil(() => _one.Core.NextWake is null);
        _one.Passes(TimeSpan.FromSeconds(20));
    }
}
