using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

public sealed class RaceRulesTests
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("web"), 0);
    private static readonly NodeId A = NodeId.Parse("a");
    private static readonly NodeId B = NodeId.Parse("b");
    private readonly SlotClaims _claims = new(Slot);

    [Fact]
    public void A_bidder_waits_for_its_own_echo() =>
        Assert.Equal(BallotOutcome.Wait, Ballot.Decide(Claim(A, ClaimPhase.Bid, 500), _claims, Intent(), _ => false));

    [Fact]
    public void The_only_bidder_holds()
    {
        var own = Heard(A, ClaimPhase.Bid, 500);
        Assert.Equal(BallotOutcome.Hold, Ballot.Decide(own, _claims, Intent(), _ => false));
    }

    [Fact]
    public void Trace_1_the_better_bidder_waits_until_the_worse_one_has_said_which()
    {
        var own = Heard(B, ClaimPhase.Bid, 900);
        Heard(A, ClaimPhase.Bid, 100);
        Assert.Equal(BallotOutcome.Wait, Ballot.Decide(own, _claims, Intent(), _ => false));

        Heard(A, ClaimPhase.Withdrawn, 100, rev: 2);
        Assert.Equal(BallotOutcome.Hold, Ballot.Decide(own, _claims, Intent(), _ => false));
    }

    [Fact]
    public void Trace_1_score_never_stops_what_has_started()
    {
        var own = Heard(B, ClaimPhase.Bid, 900);
        Heard(A, ClaimPhase.Held, 100);
        Assert.Equal(BallotOutcome.Withdraw, Ballot.Decide(own, _claims, Intent(), _ => false));
    }

    [Fact]
    public void Trace_25_a_bid_given_up_stands_below_a_bid_and_leaves_no_slot_vacant()
    {
        Heard(A, ClaimPhase.Withdrawn, 100, rev: 2);
        Heard(B, ClaimPhase.Bid, 900);
        Assert.Equal(B, _claims.Greatest(new(42), 1)?.Claim.Node);
        Assert.Equal(ClaimPhase.Bid, _claims.Greatest(new(42), 1)?.Claim.Phase);
    }

    [Fact]
    public void Trace_25_a_better_scored_yield_stands_below_the_held_of_the_one_who_won()
    {
        Heard(B, ClaimPhase.Withdrawn, 900, rev: 2);
        Heard(A, ClaimPhase.Held, 100, rev: 2);
        Assert.Equal(A, _claims.Greatest(new(42), 1)?.Claim.Node);
    }

    [Fact]
    public void A_worse_bidder_withdraws_and_so_does_one_of_an_older_epoch()
    {
        var own = Heard(A, ClaimPhase.Bid, 100);
        Heard(B, ClaimPhase.Bid, 900);
        Assert.Equal(BallotOutcome.Withdraw, Ballot.Decide(own, _claims, Intent(), _ => false));

        Heard(B, ClaimPhase.Seen, 0, rev: 2, epoch: 2);
        Assert.Equal(BallotOutcome.Withdraw, Ballot.Decide(own, _claims, Intent(), _ => false));
    }

    [Fact]
    public void The_filter_says_no_with_the_figures()
    {
        var node = Node();
        Assert.Equal("", Filter.WhyNot(Intent(), node));
        Assert.Equal("needs 2000m cpu, 1000m free", Filter.WhyNot(Intent(Spec() with { Resources = new(new(2000), default, default, 0) }), node));
        Assert.Contains("needs architecture arm64, this is amd64", Filter.WhyNot(Intent(Spec() with { Requires = new() { Architectures = ["arm64"] } }), node), StringComparison.Ordinal);
        Assert.Contains("site=north, here it is south", Filter.WhyNot(Intent(Spec() with { Requires = new() { Labels = new Dictionary<string, string> { ["site"] = "north" } } }), node), StringComparison.Ordinal);
        Assert.Contains("lsm", Filter.WhyNot(Intent(Spec() with { Requires = new() { Facts = ["lsm == apparmor"] } }), node), StringComparison.Ordinal);
        Assert.Contains("mode.job/1", Filter.WhyNot(Intent() with { Features = ["mode.job/1"] }, node), StringComparison.Ordinal);
    }

    [Fact]
    public void A_taint_repels_what_does_not_tolerate_it()
    {
        var node = Node() with { Taints = [new("dedicated", "gpu", TaintEffect.NoPlace)] };
        Assert.Contains("dedicated=gpu:NoPlace", Filter.WhyNot(Intent(), node), StringComparison.Ordinal);
        Assert.Equal("", Filter.WhyNot(Intent(Spec() with { Tolerations = [new("dedicated", "", null)] }), node));
    }

    [Fact]
    public void A_node_at_its_fair_share_scores_below_every_node_under_it()
    {
        var spec = Spec() with { Replicas = 10 };
        var fullButUnderShare = Node() with { Free = new(new(100), new(1), default, 0) };
        Assert.True(Score.Of(spec, fullButUnderShare, 3, 3) > Score.Of(spec, Node(), 4, 3));
        Assert.True(Score.Of(spec, Node(), 0, 3) > Score.Of(spec, Node(), 1, 3));
    }

    private Claim Heard(NodeId node, ClaimPhase phase, int score, long rev = 1, long epoch = 1)
    {
        var claim = Claim(node, phase, score, rev, epoch);
        Assert.Equal(Hearing.Taken, _claims.Hear(claim, retained: false, TimeSpan.Zero));
        return claim;
    }

    private static Claim Claim(NodeId node, ClaimPhase phase, int score, long rev = 1, long epoch = 1) => new()
    {
        Slot = Slot,
        Node = node,
        Incarnation = new(42),
        Generation = 1,
        RunId = 1,
        Epoch = new(epoch),
        Phase = phase,
        Score = score,
        Order = new(1, rev),
        Instance = 7,
    };

    private static WorkloadSpec Spec() => new() { Run = new ExecRun(["/bin/true"]) };

    private static Intent Intent(WorkloadSpec? spec = null) => new()
    {
        Workload = Slot.Workload,
        Incarnation = new(42),
        Generation = 1,
        RunId = 1,
        Digest = default,
        Signed = default,
        Spec = spec ?? Spec(),
    };

    private static Self Node() => new()
    {
        Architecture = "amd64",
        Capacity = new(new(1000), new(1 << 30), new(1 << 30), 100),
        Free = new(new(1000), new(1 << 30), new(1 << 30), 100),
        Labels = new Dictionary<string, string> { ["site"] = "south" },
        Facts = new FactSet(),
    };
}
