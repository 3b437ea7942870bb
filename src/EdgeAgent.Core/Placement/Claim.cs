using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What a node says of a slot. The numbers are the wire's.</summary>
public enum ClaimPhase
{
    /// <summary>A witness's word: raises the next epoch, vacates nothing.</summary>
    Seen = 1,

    /// <summary>A bid given up.</summary>
    Withdrawn = 2,

    Bid = 3,

    /// <summary>Held once and given up, its restart budget used up.</summary>
    Failed = 4,

    /// <summary>Held once and given up, all its processes ended.</summary>
    Released = 5,

    Held = 6,
    Running = 7,
    Updating = 8,

    /// <summary>A job's completion: absorbs everything of its run.</summary>
    Succeeded = 9,
}

/// <summary>A node's word on a slot. Immutable: a new word is a new claim with a greater <see cref="Order"/>.</summary>
public sealed record Claim
{
    public required SlotId Slot { get; init; }

    public required NodeId Node { get; init; }

    public required Incarnation Incarnation { get; init; }

    public required long Generation { get; init; }

    public required Epoch Epoch { get; init; }

    public required ClaimPhase Phase { get; init; }

    /// <summary>0 to 1,000,000; frozen for an epoch.</summary>
    public required int Score { get; init; }

    /// <summary>The place of this word among its node's.</summary>
    public required WordOrder Order { get; init; }

    /// <summary>Of the process that said it.</summary>
    public required ulong Instance { get; init; }

    public PartitionPolicy Mode { get; init; }

    /// <summary>The generation whose work this is (<see cref="Intent.RunId"/>).</summary>
    public long RunId { get; init; }

    public TimeSpan StopTimeout { get; init; }

    /// <summary>Of exclusive work: how long this holder may run it unheard. Zero of any other.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>Its work took another's place lately: should it fail now, the change was wrong, and not this node.</summary>
    public bool IsOnTrial { get; init; }

    /// <summary>The run that this node knows to be rejected (docs/adr/0020); 0: none.</summary>
    public long Rejected { get; init; }

    /// <summary>A job's attempts so far, over all nodes.</summary>
    public int Attempts { get; init; }

    /// <summary>The unit's name and main process on the node, where there is one.</summary>
    public string Unit { get; init; } = "";

    public int Pid { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>The devices that the work has on its node, from the bid on: an agent that is started anew reads here which they are.</summary>
    public DeviceShares Devices { get; init; }

    /// <summary>Its node is to be rid of it: others may bid, and it goes on there until one of them runs it (docs/adr/0018).</summary>
    public bool IsLeaving { get; init; }

    /// <summary>It leaves because it runs outside its domain: only a node of that takes it over.</summary>
    public bool IsMisplaced { get; init; }

    /// <summary>Another node needs such a score to take it over (docs/adr/0029): with <see cref="IsLeaving"/> it may; else it need not ask with less. 0: any, and nobody has asked.</summary>
    public int OfferedAbove { get; init; }

    /// <summary>What its node doesn't run any more it doesn't offer.</summary>
    public Claim WithoutOffer() => this with { IsLeaving = false, IsMisplaced = false, OfferedAbove = 0 };

    /// <summary>The epoch that the work was launched under, where it was taken back at a greater one without being launched again; else none.</summary>
    public Epoch LaunchedAt { get; init; }

    /// <summary>The epoch that the work itself was told.</summary>
    public Epoch LaunchEpoch => LaunchedAt == Epoch.None ? Epoch : LaunchedAt;

    /// <summary>The slots of lower priority on its node that go, or went, for it (docs/adr/0024): said from the bid on.</summary>
    public SlotSet Displaces { get; init; }

    /// <summary>Held, and not started yet: those of <see cref="Displaces"/> are still to go.</summary>
    public bool IsMakingRoom { get; init; }

    /// <summary>What was reserved for the work on its node. It stands on that node's disk only: others are not told.</summary>
    public Resources? Room { get; init; }

    /// <summary>Whether this claim's node is the holder, if the claim is the slot's greatest.</summary>
    public bool IsHolding => Phase is ClaimPhase.Bid or ClaimPhase.Held or ClaimPhase.Running or ClaimPhase.Updating;

    /// <summary>Whether its holder is bound by a lease.</summary>
    public bool IsExclusive => Mode == PartitionPolicy.Exclusive;

    /// <summary>Whether work may be running under it.</summary>
    public bool IsStarted => Phase is ClaimPhase.Held or ClaimPhase.Running or ClaimPhase.Updating;
}
