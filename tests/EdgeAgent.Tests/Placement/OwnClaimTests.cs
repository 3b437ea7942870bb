using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>What a node does about a word of its own that it doesn't know, and which the broker hands out in the middle of a connection.</summary>
public sealed class OwnClaimTests
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("web"), 0);
    private static readonly NodeId Self = NodeId.Parse("d");
    private static readonly Incarnation Life = new(42);

    private readonly NodeCore _core = new(new CoreSettings { Node = Self, Instance = 7, Window = TimeSpan.FromSeconds(2), Capacity = new(new(4000), new(1L << 30), default, 100), Architecture = "amd64", Features = ["run.exec/1"] });
    private readonly List<Effect> _effects = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    /// <summary>Seed 1359: a store that was set back had it where it stood before the workload's mode changed; it was read after the session had begun, and all took it for pinned there.</summary>
    [Theory]
    [InlineData(PartitionPolicy.Pin)]
    [InlineData(PartitionPolicy.Failover)]
    public void One_that_is_read_in_the_middle_of_a_connection_is_given_up(PartitionPolicy policy)
    {
        Connect(policy);
        Happens(new ClaimHeard(Said(ClaimPhase.Running), Retained: true));
        var answer = _effects.OfType<SayClaim>().First().Claim;
        Assert.Equal((ClaimPhase.Released, new Epoch(3)), (answer.Phase, answer.Epoch));
        Assert.True(answer.Order.CompareTo(Said(ClaimPhase.Running).Order) > 0);
    }

    /// <summary>Trace 16: what comes live under this name is another's, and an answer to it would begin a quarrel.</summary>
    [Fact]
    public void One_that_comes_live_is_not_answered()
    {
        Connect(PartitionPolicy.Pin);
        Happens(new ClaimHeard(Said(ClaimPhase.Running), Retained: false));
        Assert.DoesNotContain(_effects.OfType<SayClaim>(), s => s.Claim.Phase == ClaimPhase.Released);
    }

    /// <summary>Seed 843: exclusive work was nowhere for good, for its kept `updating` was read after the session had begun. Another under this name may run it, inside its lease.</summary>
    [Fact]
    public void An_exclusive_one_is_given_up_when_its_lease_has_run_out()
    {
        Connect(PartitionPolicy.Exclusive);
        var said = Said(ClaimPhase.Updating) with { Mode = PartitionPolicy.Exclusive, Lease = TimeSpan.FromSeconds(20) };
        Happens(new ClaimHeard(said, Retained: true));
        Assert.Empty(_effects.OfType<SayClaim>());
        var heardAt = _now;
        while (!_effects.OfType<SayClaim>().Any())
        {
            _now = _core.NextWake!.Value;
            Happens(new Woken());
        }

        Assert.Equal((ClaimPhase.Released, new Epoch(3)), (_effects.OfType<SayClaim>().First().Claim.Phase, _effects.OfType<SayClaim>().First().Claim.Epoch));
        Assert.True(_now - heardAt > said.Lease);
    }

    private void Connect(PartitionPolicy policy)
    {
        Happens(new LinkOpened(5));
        Happens(new PresencesRead());
        Happens(new ClaimsRead(uint.MaxValue));
        Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        Happens(new OnlineStored());
        Happens(new IntentHeard(Wanted(policy), Retained: false));
    }

    private static Claim Said(ClaimPhase phase) => new()
    {
        Slot = Slot,
        Node = Self,
        Incarnation = Life,
        Generation = 1,
        RunId = 1,
        Epoch = new(3),
        Phase = phase,
        Score = 500,
        Order = new(1, 9),
        Instance = 7,
        Mode = PartitionPolicy.Pin,
        Lease = WorkloadSpec.Defaults.Lease,
        StopTimeout = WorkloadSpec.Defaults.StopTimeout,
    };

    /// <summary>Work that this node may not run: what it says is of the old word alone.</summary>
    private static Intent Wanted(PartitionPolicy policy) => new()
    {
        Workload = Slot.Workload,
        Incarnation = Life,
        Generation = 1,
        RunId = 1,
        Digest = default,
        Signed = default,
        Features = ["run.exec/1"],
        Spec = new WorkloadSpec { Run = new ExecRun(["/bin/web"]), Partition = policy, Requires = new() { Labels = new SortedDictionary<string, string> { ["zone"] = "elsewhere" } } },
    };

    private void Happens(CoreEvent what) => _core.Step(what, _now += TimeSpan.FromMilliseconds(1), _effects);
}
