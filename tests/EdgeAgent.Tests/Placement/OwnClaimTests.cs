using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>What a node does about a word of its own that it doesn't know, and which the broker hands out in the middle of a connection.</summary>
public sealed class OwnClaimTests
{
    private readonly OneCore _one = new();

    /// <summary>Seed 1359: a store that was set back had it where it stood before the workload's mode changed; it was read after the session had begun, and all took it for pinned there.</summary>
    [Theory]
    [InlineData(PartitionPolicy.Pin)]
    [InlineData(PartitionPolicy.Failover)]
    public void One_that_is_read_in_the_middle_of_a_connection_is_given_up(PartitionPolicy policy)
    {
        Connect(policy);
        _one.Happens(new ClaimHeard(Said(ClaimPhase.Running), Retained: true));
        var answer = _one.Effects.OfType<SayClaim>().First().Claim;
        Assert.Equal((ClaimPhase.Released, new Epoch(3)), (answer.Phase, answer.Epoch));
        Assert.True(answer.Order.CompareTo(Said(ClaimPhase.Running).Order) > 0);
    }

    /// <summary>Trace 16: what comes live under this name is another's, and an answer to it would begin a quarrel.</summary>
    [Fact]
    public void One_that_comes_live_is_not_answered()
    {
        Connect(PartitionPolicy.Pin);
        _one.Happens(new ClaimHeard(Said(ClaimPhase.Running), Retained: false));
        Assert.DoesNotContain(_one.Effects.OfType<SayClaim>(), s => s.Claim.Phase == ClaimPhase.Released);
    }

    /// <summary>Seed 843: exclusive work was nowhere for good, for its kept `updating` was read after the session had begun. Another under this name may run it, inside its lease.</summary>
    [Fact]
    public void An_exclusive_one_is_given_up_when_its_lease_has_run_out()
    {
        Connect(PartitionPolicy.Exclusive);
        var said = Said(ClaimPhase.Updating) with { Mode = PartitionPolicy.Exclusive, Lease = TimeSpan.FromSeconds(20) };
        _one.Happens(new ClaimHeard(said, Retained: true));
        Assert.Empty(_one.Effects.OfType<SayClaim>());
        var heardAt = _one.Now;
        _one.WaitUntil(() => _one.Effects.OfType<SayClaim>().Any());
        Assert.Equal((ClaimPhase.Released, new Epoch(3)), (_one.Latest().Phase, _one.Latest().Epoch));
        Assert.True(_one.Now - heardAt > said.Lease);
    }

    private void Connect(PartitionPolicy policy)
    {
        _one.Connect(5);
        _one.Happens(new IntentHeard(Wanted(policy), Retained: false));
    }

    private static Claim Said(ClaimPhase phase) => OneCore.Said(OneCore.Self, phase, rev: 9) with { Epoch = new(3), Instance = 7, Mode = PartitionPolicy.Pin };

    /// <summary>Work that this node may not run: what it says is of the old word alone.</summary>
    private static Intent Wanted(PartitionPolicy policy)
    {
        var intent = OneCore.Wanted(policy);
        return intent with { Spec = intent.Spec! with { Requires = new() { Labels = new SortedDictionary<string, string> { ["zone"] = "elsewhere" } } } };
    }
}
