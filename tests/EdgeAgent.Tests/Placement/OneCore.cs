using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The rules of one node alone, word by word: what it hears is said here, and what it does is looked at.</summary>
internal sealed class OneCore
{
    public static readonly SlotId Slot = new(WorkloadName.Parse("web"), 0);
    public static readonly NodeId Self = NodeId.Parse("d");
    public static readonly Incarnation Life = new(42);

    private const int TurnsMax = 1000;

    public NodeCore Core { get; } = new(new CoreSettings { Node = Self, Instance = 7, Window = TimeSpan.FromSeconds(2), Capacity = new(new(4000), new(1L << 30), default, 100), Architecture = "amd64", Features = ["run.exec/1"] });

    public List<Effect> Effects { get; } = [];

    public TimeSpan Now { get; private set; } = TimeSpan.FromSeconds(1);

    public void Happens(CoreEvent what) => Core.Step(what, Now += TimeSpan.FromMilliseconds(1), Effects);

    /// <summary>A session begins, in which those others are there, and all that the broker keeps is read.</summary>
    public void Connect(long session, params NodeId[] others)
    {
        Happens(new LinkOpened(session));
        foreach (var node in others)
        {
            Happens(new PresenceHeard(new Presence(node, 1, 1, PresenceState.Online), Retained: false));
        }

        Happens(new PresencesRead());
        Happens(new ClaimsRead(uint.MaxValue));
        Happens(new LinkRead(StoreSuspect: false, TimeSpan.FromMilliseconds(1)));
        Happens(new OnlineStored());
    }

    /// <summary>Time goes on, from one thing that is due to the next.</summary>
    public void WaitUntil(Func<bool> holds)
    {
        for (var turns = 0; !holds(); turns++)
        {
            Assert.True(turns < TurnsMax, $"not so after {turns} times that something was due, at {Now}");
            Now = Core.NextWake!.Value;
            Happens(new Woken());
        }
    }

    /// <summary>Nothing was due meanwhile.</summary>
    public void Passes(TimeSpan time) => Now += time;

    public Claim Latest() => Effects.OfType<SayClaim>().Last().Claim;

    public static Claim Said(NodeId node, ClaimPhase phase, long rev) => new()
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

    public static Intent Wanted(PartitionPolicy policy = PartitionPolicy.Exclusive) => new()
    {
        Workload = Slot.Workload,
        Incarnation = Life,
        Generation = 1,
        RunId = 1,
        Digest = default,
        Signed = default,
        Features = ["run.exec/1"],
        Spec = new WorkloadSpec { Run = new ExecRun(["/bin/web"]), Partition = policy },
    };
}
