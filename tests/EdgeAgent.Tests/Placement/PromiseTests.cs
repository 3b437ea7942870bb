using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>When a voter may grant a slot of exclusive work (docs/adr/0014).</summary>
public sealed class PromiseTests
{
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Wait = LeaseTerms.Of(Said("a", 1, ClaimPhase.Bid)).Wait;

    [Fact]
    public void One_that_has_just_started_grants_no_bid_but_answers_who_holds()
    {
        Assert.False(Promise.Permits(null, Said("a", 1, ClaimPhase.Bid), Start, Start + Wait - TimeSpan.FromTicks(1), out var freeAt));
        Assert.Equal(Start + Wait, freeAt);
        Assert.True(Promise.Permits(null, Said("a", 1, ClaimPhase.Bid), Start, Start + Wait, out _));
        Assert.True(Promise.Permits(null, Said("a", 1, ClaimPhase.Running), Start, Start, out _));
    }

    [Fact]
    public void The_same_claim_is_granted_again_and_no_other_before_W_has_passed()
    {
        var promise = Granted("a", 3);
        Assert.True(May(promise, Said("a", 3, ClaimPhase.Running), TimeSpan.Zero));
        Assert.False(May(promise, Said("b", 4, ClaimPhase.Bid), Wait - TimeSpan.FromTicks(1)));
        Assert.True(May(promise, Said("b", 4, ClaimPhase.Bid), Wait));
    }

    [Fact]
    public void The_longer_of_both_terms_counts()
    {
        var slow = Said("b", 4, ClaimPhase.Bid) with { Lease = TimeSpan.FromMinutes(1) };
        Assert.False(May(Granted("a", 3), slow, Wait));
        Assert.True(May(Granted("a", 3), slow, LeaseTerms.Of(slow).Wait));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void No_bid_gets_an_epoch_that_was_granted_however_long_ago(long epoch)
    {
        Assert.False(May(Granted("a", 3), Said("b", epoch, ClaimPhase.Bid), TimeSpan.FromDays(1)));
        Assert.False(May(Granted("a", 3) with { IsFree = true }, Said("a", epoch, ClaimPhase.Bid), TimeSpan.FromDays(1)));
        Assert.False(May(Granted("a", 1) with { Highest = new(3) }, Said("b", epoch, ClaimPhase.Bid), TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Who_holds_below_a_bid_that_came_to_nothing_is_granted_again_when_that_has_ended()
    {
        Assert.False(May(Granted("b", 4), Said("a", 3, ClaimPhase.Running), Wait - TimeSpan.FromTicks(1)));
        Assert.True(May(Granted("b", 4), Said("a", 3, ClaimPhase.Running), Wait));
        Assert.True(May(Granted("b", 4) with { IsFree = true }, Said("a", 3, ClaimPhase.Running), TimeSpan.Zero));
    }

    [Fact]
    public void What_was_given_up_binds_nobody_and_neither_does_an_earlier_bid_of_the_same_agent()
    {
        Assert.True(May(Granted("a", 3) with { IsFree = true }, Said("b", 4, ClaimPhase.Bid), TimeSpan.Zero));
        Assert.True(May(Granted("a", 3), Said("a", 4, ClaimPhase.Bid), TimeSpan.Zero));
        Assert.False(May(Granted("a", 3), Said("a", 4, ClaimPhase.Bid) with { Instance = 2 }, TimeSpan.Zero));
    }

    private static bool May(Promise promise, Claim claim, TimeSpan after) => Promise.Permits(promise, claim, Start, promise.HeardAt + after, out _);

    private static Promise Granted(string node, long epoch) => new(Said(node, epoch, ClaimPhase.Bid), Start + TimeSpan.FromHours(1), IsFree: false);

    private static Claim Said(string node, long epoch, ClaimPhase phase) => new()
    {
        Slot = new(WorkloadName.Parse("web"), 0),
        Node = NodeId.Parse(node),
        Incarnation = new(42),
        Generation = 1,
        RunId = 1,
        Epoch = new(epoch),
        Phase = phase,
        Score = 500,
        Order = new(1, 1),
        Instance = 1,
        Mode = PartitionPolicy.Exclusive,
        Lease = WorkloadSpec.Defaults.Lease,
        StopTimeout = WorkloadSpec.Defaults.StopTimeout,
    };
}
