using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The lines of traces.md that are about taking work from somebody who is there, or from nobody.</summary>
public sealed class VacancyTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly NodeId Holder = NodeId.Parse("h");
    private static readonly SlotId Slot = new(WorkloadName.Parse("web"), 0);
    private static readonly Incarnation Run = new(42);
    private readonly Membership _members = new(NodeId.Parse("t"), Window);
    private readonly SlotClaims _claims = new(Slot);

    [Fact]
    public void Trace_6_no_claim_in_a_store_that_restarted_empty_is_not_vacant_before_the_view_settles()
    {
        _members.BarrierPassed(Seconds(0));
        Assert.False(Look(Seconds(9), intentIsLive: false).IsVacant);
        Assert.True(Look(Seconds(10), intentIsLive: false).IsVacant);
    }

    [Fact]
    public void A_live_first_generation_is_placed_at_once()
    {
        _members.BarrierPassed(Seconds(0));
        Assert.True(Look(Seconds(1), intentIsLive: true).IsVacant);
    }

    [Fact]
    public void Trace_12_after_a_polite_stop_of_the_broker_nothing_moves_before_the_view_settles()
    {
        _members.Hear(Presence(PresenceState.Offline), retained: true, Seconds(0));
        _claims.Hear(Claim(ClaimPhase.Running, 1, 1), retained: true, Seconds(0));
        _members.BarrierPassed(Seconds(0));
        Assert.False(Look(Seconds(9), intentIsLive: false, lostAfterSeconds: 1).IsVacant);

        _members.Hear(Presence(PresenceState.Online), retained: false, Seconds(9));
        Assert.False(Look(Seconds(60), intentIsLive: false, lostAfterSeconds: 1).IsVacant);
    }

    [Fact]
    public void Trace_26_a_retained_released_of_a_rolled_back_store_does_not_count_at_once()
    {
        _members.BarrierPassed(Seconds(0));
        _claims.Hear(Claim(ClaimPhase.Released, 4, 1), retained: true, Seconds(0));
        Assert.False(Look(Seconds(1), intentIsLive: false).IsVacant);
    }

    [Fact]
    public void Seed_2894_a_released_that_comes_live_does_not_count_at_once_where_a_witness_has_seen_a_greater_epoch()
    {
        _members.BarrierPassed(Seconds(0));
        _claims.Hear(Claim(ClaimPhase.Seen, 7, 1) with { Node = NodeId.Parse("w") }, retained: true, Seconds(0));
        _claims.Hear(Claim(ClaimPhase.Released, 4, 1), retained: false, Seconds(1));
        Assert.False(Look(Seconds(1), intentIsLive: false).IsVacant);
        Assert.True(Look(Seconds(10), intentIsLive: false).IsVacant);
    }

    [Fact]
    public void A_released_that_comes_live_counts_at_once()
    {
        _members.BarrierPassed(Seconds(0));
        _claims.Hear(Claim(ClaimPhase.Released, 4, 1), retained: false, Seconds(1));
        Assert.True(Look(Seconds(1), intentIsLive: false).IsVacant);
    }

    [Fact]
    public void A_lost_holder_is_replaced_after_lostAfter_and_not_before()
    {
        _members.BarrierPassed(Seconds(0));
        _members.Hear(Presence(PresenceState.Online), retained: false, Seconds(1));
        _claims.Hear(Claim(ClaimPhase.Running, 1, 1), retained: false, Seconds(1));
        _members.Hear(Presence(PresenceState.Offline), retained: false, Seconds(30));
        Assert.Equal(Seconds(35), Look(Seconds(34), intentIsLive: false, lostAfterSeconds: 5).RetryAt);
        Assert.False(Look(Seconds(34), intentIsLive: false, lostAfterSeconds: 5).IsVacant);
        Assert.True(Look(Seconds(35), intentIsLive: false, lostAfterSeconds: 5).IsVacant);
    }

    [Fact]
    public void Seed_7489_a_bid_of_one_who_is_lost_does_not_hide_who_runs_it()
    {
        _members.BarrierPassed(Seconds(0));
        var bidder = NodeId.Parse("b");
        _members.Hear(Presence(PresenceState.Online), retained: false, Seconds(29));
        _members.Hear(Presence(PresenceState.Offline) with { Node = bidder }, retained: false, Seconds(20));
        _claims.Hear(Claim(ClaimPhase.Running, 7, 1), retained: false, Seconds(29));
        _claims.Hear(Claim(ClaimPhase.Bid, 8, 1) with { Node = bidder }, retained: false, Seconds(29));
        Assert.False(Look(Seconds(30), intentIsLive: false, lostAfterSeconds: 5).IsVacant);

        // Where nobody else holds it, it is the bid that is lost.
        _claims.Hear(Claim(ClaimPhase.Released, 7, 2), retained: false, Seconds(30));
        Assert.True(Look(Seconds(30), intentIsLive: false, lostAfterSeconds: 5).IsVacant);
    }

    [Fact]
    public void Trace_21_an_older_word_that_is_delivered_again_changes_nothing()
    {
        _claims.Hear(Claim(ClaimPhase.Running, 1, 1), retained: false, Seconds(1));
        _claims.Hear(Claim(ClaimPhase.Failed, 1, 2), retained: false, Seconds(2));
        Assert.Equal(Hearing.Known, _claims.Hear(Claim(ClaimPhase.Running, 1, 1), retained: false, Seconds(3)));
        Assert.Equal(ClaimPhase.Failed, _claims.Greatest(Run, 1)?.Claim.Phase);
    }

    [Fact]
    public void Seed_5681_exclusive_work_that_runs_below_a_released_epoch_is_not_vacant_while_its_holder_is_there()
    {
        _members.BarrierPassed(Seconds(0));
        _members.Hear(Presence(PresenceState.Online), retained: false, Seconds(1));
        _claims.Hear(Claim(ClaimPhase.Running, 14, 1) with { Mode = PartitionPolicy.Exclusive }, retained: false, Seconds(1));
        _claims.Hear(Claim(ClaimPhase.Released, 15, 1) with { Node = NodeId.Parse("o"), Mode = PartitionPolicy.Exclusive }, retained: false, Seconds(200));
        Assert.False(LookExclusive(Seconds(200)).IsVacant);

        _claims.Hear(Claim(ClaimPhase.Released, 14, 2) with { Mode = PartitionPolicy.Exclusive }, retained: false, Seconds(201));
        Assert.True(LookExclusive(Seconds(201)).IsVacant);
    }

    private Vacancy LookExclusive(TimeSpan now) =>
        Vacancy.OfExclusive(Wanted(new WorkloadSpec { Run = new ExecRun(["/bin/true"]), Partition = PartitionPolicy.Exclusive }), intentIsLive: false, _claims, _members, now, NodeId.Parse("t"), out _);

    private Vacancy Look(TimeSpan now, bool intentIsLive, int lostAfterSeconds = 10) =>
        Vacancy.Of(Wanted(new WorkloadSpec { Run = new ExecRun(["/bin/true"]), LostAfter = Seconds(lostAfterSeconds) }), intentIsLive, _claims, _members, Window, now);

    private static Intent Wanted(WorkloadSpec spec) => new()
    {
        Workload = Slot.Workload,
        Incarnation = Run,
        Generation = 1,
        RunId = 1,
        Digest = default,
        Signed = default,
        Spec = spec,
    };

    private static Presence Presence(PresenceState state) => new(Holder, 1, 7, state);

    private static Claim Claim(ClaimPhase phase, long epoch, long rev) => new()
    {
        Slot = Slot,
        Node = Holder,
        Incarnation = Run,
        Generation = 1,
        RunId = 1,
        Epoch = new(epoch),
        Phase = phase,
        Score = 0,
        Order = new(1, rev),
        Instance = 7,
    };

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
