using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>Work comes to a node that has joined or has room again, by wish and offer (docs/adr/0029).</summary>
public sealed class RebalancingTests
{
    private const int Wishes = 3;

    private static readonly NodeId Other = NodeId.Parse("a");
    private static readonly SlotId Second = new(OneCore.Slot.Workload, 1);

    private readonly OneCore _one = new();

    [Fact]
    public void A_node_where_a_slot_would_score_more_says_so_to_the_holder_when_its_view_has_long_been_settled()
    {
        Joins(Wanted(), Runs(Other, score: 600_000));
        var wish = FirstWish();
        Assert.Equal((Other, OneCore.Slot, 1L), (wish!.Holder, wish.Slot, wish.Epoch.Value));
        Assert.True(wish.Score > 600_000 + NodeCore.BetterBy, $"{wish.Score}");
        Assert.True(_one.Now >= TimeSpan.FromSeconds(12), $"{_one.Now}");
        Assert.Empty(_one.Effects.OfType<SayClaim>());
    }

    [Fact]
    public void It_asks_a_few_times_and_is_quiet_then()
    {
        Joins(Wanted(), Runs(Other, score: 600_000));
        _one.WaitUntil(() => _one.Core.NextWake is null);
        Assert.Equal(Wishes, _one.Effects.OfType<WishFor>().Count());
    }

    [Theory]
    [InlineData("better there")]
    [InlineData("pinned")]
    [InlineData("exclusive")]
    [InlineData("a job")]
    [InlineData("packed")]
    [InlineData("to stay put")]
    [InlineData("on its way")]
    [InlineData("cordoned")]
    [InlineData("not running")]
    public void It_wishes_for_nothing_else(string why)
    {
        var spec = Wanted().Spec!;
        spec = why switch
        {
            "pinned" => spec with { Partition = PartitionPolicy.Pin },
            "exclusive" => spec with { Partition = PartitionPolicy.Exclusive },
            "a job" => spec with { Mode = WorkloadMode.Job },
            "to stay put" => spec with { StaysPut = true },
            "packed" => spec with { Policy = PlacementPolicy.Pack },
            _ => spec,
        };
        if (why == "cordoned")
        {
            _one.Happens(new DutyChanged(true, DrainScope.None, 1));
        }

        var claim = Runs(Other, why == "better there" ? Score.Max - 10_000 : 600_000) with { Mode = spec.Partition, Phase = why == "not running" ? ClaimPhase.Held : ClaimPhase.Running, Lease = why == "exclusive" ? WorkloadSpec.Defaults.Lease : TimeSpan.Zero };
        Joins(Wanted() with { Spec = spec }, claim with { IsLeaving = why == "on its way", OfferedAbove = why == "on its way" ? Score.Max : 0 });
        for (var i = 0; i < 50 && _one.Core.NextWake is not null; i++)
        {
            var turns = 0;
            _one.WaitUntil(() => turns++ > 0 || _one.Core.NextWake is null);
        }

        Assert.Empty(_one.Effects.OfType<WishFor>());
    }

    [Fact]
    public void A_holder_offers_a_slot_to_who_would_score_clearly_more_goes_on_and_takes_it_back_if_nobody_comes()
    {
        Runs(Wanted());
        var score = _one.Latest().Score;
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, Score.Max));
        Assert.Equal((true, score + NodeCore.BetterBy, ClaimPhase.Running), (_one.Latest().IsLeaving, _one.Latest().OfferedAbove, _one.Latest().Phase));
        Assert.Contains(_one.Effects.OfType<Tell>(), t => t.Kind == "Offered");
        Echo();
        _one.WaitUntil(() => !_one.Latest().IsLeaving);
        Assert.Equal((score + NodeCore.BetterBy, ClaimPhase.Running), (_one.Latest().OfferedAbove, _one.Latest().Phase));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
    }

    [Fact]
    public void It_goes_on_beside_who_holds_it_then_and_ends_when_that_one_runs_it()
    {
        Runs(Wanted());
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, Score.Max));
        Echo();
        var next = Runs(Other, Score.Max) with { Epoch = _one.Latest().Epoch.Next };
        _one.Happens(new ClaimHeard(next with { Phase = ClaimPhase.Held }, Retained: false));
        Assert.DoesNotContain(_one.Effects, e => e is StopWork);
        _one.Happens(new ClaimHeard(next with { Order = new(1, 2) }, Retained: false));
        Assert.Contains(_one.Effects, e => e is StopWork);
    }

    [Theory]
    [InlineData("another epoch")]
    [InlineData("a stranger")]
    [InlineData("too many down")]
    [InlineData("one on its way")]
    public void It_offers_nothing_else(string why)
    {
        Runs(Wanted(), why switch
        {
            "too many down" => ClaimPhase.Held,
            "one on its way" => ClaimPhase.Updating,
            _ => ClaimPhase.Running,
        });
        var said = _one.Effects.Count;
        var epoch = _one.Latest().Epoch;
        _one.Happens(new WishedFor(NodeId.Parse(why == "a stranger" ? "stranger" : "a"), OneCore.Slot, why == "another epoch" ? epoch.Next : epoch, Score.Max));
        Assert.Empty(_one.Effects.Skip(said).OfType<SayClaim>());
    }

    [Fact]
    public void Two_that_are_offered_at_once_are_counted_when_the_own_offer_has_come_back()
    {
        Runs(Wanted());
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, Score.Max));
        _one.Happens(new ClaimHeard(Runs(Other, 500_000) with { Slot = Second, Order = new(1, 2), IsLeaving = true, OfferedAbove = 600_000 }, Retained: false));
        Assert.True(_one.Latest().IsLeaving);
        Echo();
        Assert.False(_one.Latest().IsLeaving);
    }

    [Fact]
    public void A_second_slot_is_offered_a_while_later()
    {
        Runs(Wanted() with { Spec = Wanted().Spec! with { MaxUnavailable = 2 } });
        var offered = _one.Now;
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, Score.Max));
        Echo();
        _one.WaitUntil(() => !_one.Latest().IsLeaving);
        Echo();
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, Score.Max));
        Assert.False(_one.Latest().IsLeaving);
        _one.WaitUntil(() => _one.Latest().IsLeaving);
        Assert.True(_one.Now - offered >= TimeSpan.FromSeconds(6), $"{_one.Now - offered}");
    }

    /// <summary>With a word to the one that asked, a hundred others who would ask next would not know.</summary>
    [Fact]
    public void Who_would_not_score_enough_is_told_what_is_enough_and_so_are_all_others()
    {
        Runs(Wanted());
        var (said, score) = (_one.Effects.OfType<SayClaim>().Count(), _one.Latest().Score);
        for (var i = 0; i < 3; i++)
        {
            _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, score + NodeCore.BetterBy - 1));
        }

        Assert.Equal(said + 1, _one.Effects.OfType<SayClaim>().Count());
        Assert.Equal((false, score + NodeCore.BetterBy), (_one.Latest().IsLeaving, _one.Latest().OfferedAbove));
    }

    [Fact]
    public void What_others_were_told_is_enough_is_lowered_when_there_is_less_room()
    {
        Runs(Wanted());
        var score = _one.Latest().Score;
        _one.Happens(new WishedFor(Other, OneCore.Slot, _one.Latest().Epoch, score));
        Echo();
        _one.Happens(new SettingsChanged(new(new(2000), new(1L << 30), default, 100), new Dictionary<string, string>(), []));
        _one.WaitUntil(() => _one.Latest().OfferedAbove < score);
        Assert.False(_one.Latest().IsLeaving);
    }

    [Theory]
    [InlineData(100_000, 1)]
    [InlineData(Score.Max, 0)]
    public void Nobody_asks_with_less_than_the_holder_has_said_it_needs(int above, int wishes)
    {
        Joins(Wanted(), Runs(Other, score: 600_000) with { OfferedAbove = above });
        for (var i = 0; i < 50 && _one.Core.NextWake is not null && !_one.Effects.OfType<WishFor>().Any(); i++)
        {
            var turns = 0;
            _one.WaitUntil(() => turns++ > 0 || _one.Core.NextWake is null);
        }

        Assert.Equal(wishes, _one.Effects.OfType<WishFor>().Count());
    }

    /// <summary>Of a workload of a thousand slots the others' are not read to move one of them: that cost four hundred messages a move.</summary>
    [Fact]
    public void In_a_cell_of_many_nothing_is_read_for_an_offer()
    {
        var many = Enumerable.Range(0, 100).Select(i => NodeId.Parse($"n{i}")).ToArray();
        var wanted = Wanted() with { Spec = Wanted().Spec! with { Replicas = 8 } };
        _one.Connect(1, many);
        _one.Happens(new IntentHeard(wanted, Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        var slot = _one.Latest().Slot;
        _one.Happens(new WorkStarted(new Launch(slot, OneCore.Life, 1, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
        _one.Passes(TimeSpan.FromSeconds(5));
        foreach (var i in Enumerable.Range(0, 8).Where(i => i != slot.Index))
        {
            _one.Happens(new ClaimHeard(Runs(many[i], 900_000) with { Slot = new(slot.Workload, i) }, Retained: false));
        }

        _one.Happens(new WishedFor(many[0], slot, _one.Latest().Epoch, Score.Max));
        Assert.True(_one.Latest().IsLeaving);
        Assert.Empty(_one.Effects.OfType<FollowSlots>());
    }

    [Theory]
    [InlineData(Score.Max, false)]
    [InlineData(1, true)]
    public void An_offer_is_taken_only_where_the_slot_scores_as_much(int above, bool isTaken)
    {
        Joins(Wanted(), Runs(Other, 600_000) with { IsLeaving = true, OfferedAbove = above });
        for (var i = 0; i < 20 && _one.Core.NextWake is not null && !_one.Effects.OfType<SayClaim>().Any(); i++)
        {
            var turns = 0;
            _one.WaitUntil(() => turns++ > 0 || _one.Core.NextWake is null);
        }

        Assert.Equal(isTaken, _one.Effects.OfType<SayClaim>().Any(s => s.Claim.Phase == ClaimPhase.Bid));
    }

    /// <summary>A quarter of the node.</summary>
    private static Intent Wanted()
    {
        var wanted = OneCore.Wanted(PartitionPolicy.Failover);
        return wanted with { Spec = wanted.Spec! with { Resources = new(new(1000), default, default, 0) } };
    }

    private static Claim Runs(NodeId node, int score) => OneCore.Said(node, ClaimPhase.Running, rev: 1) with { Mode = PartitionPolicy.Failover, Lease = TimeSpan.Zero, Score = score };

    private WishFor? FirstWish()
    {
        _one.WaitUntil(() => _one.Effects.OfType<WishFor>().Any());
        return _one.Effects.OfType<WishFor>().First();
    }

    private void Joins(Intent wanted, Claim claim)
    {
        _one.Connect(1, Other);
        _one.Happens(new IntentHeard(wanted with { Generation = 1 }, Retained: true));
        _one.Happens(new ClaimHeard(claim, Retained: false));
        _one.Happens(new SlotsRead([OneCore.Slot]));
    }

    /// <summary>This node runs the first of two slots, and the other the second.</summary>
    private void Runs(Intent wanted, ClaimPhase second = ClaimPhase.Running)
    {
        _one.Connect(1, Other);
        _one.Happens(new IntentHeard(wanted with { Spec = wanted.Spec! with { Replicas = 2 } }, Retained: false));
        _one.Happens(new ClaimHeard(Runs(Other, 500_000) with { Slot = Second, Phase = second }, Retained: false));
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Echo();
        _one.Happens(new WorkStarted(new Launch(OneCore.Slot, OneCore.Life, 1, _one.Latest().Epoch), "edge-web-0.service", 12));
        Echo();
        Assert.Equal(ClaimPhase.Running, _one.Latest().Phase);
        var settled = _one.Now + TimeSpan.FromSeconds(5);
        _one.Passes(settled - _one.Now);
        _one.Happens(new Woken());
    }

    private void Echo() => _one.Happens(new ClaimHeard(_one.Latest(), Retained: false));
}
