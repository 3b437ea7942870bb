using EdgeAgent.Core.Placement;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What this node is doing about a slot.</summary>
public enum OwnPhase
{
    /// <summary>Nothing.</summary>
    Idle,

    /// <summary>It is vacant, and this node waits for its turn to bid.</summary>
    Waiting,

    /// <summary>A bid is out and undecided.</summary>
    Bidding,

    /// <summary>Held; the work is being started, or runs.</summary>
    Holding,

    /// <summary>The work is being stopped; the claim says `released` only when nothing of it is left.</summary>
    Stopping,
}

/// <summary>This node's own part in a slot. The core alone changes it.</summary>
internal sealed class OwnSlot(SlotId slot)
{
    public SlotId Slot => slot;

    public OwnPhase Phase { get; set; }

    /// <summary>The latest own word; null where there never was one.</summary>
    public Claim? Word { get; set; }

    /// <summary>Of waiting: when to bid. Of bidding: not before this is `held` said. Of a failure: when to try again.</summary>
    public TimeSpan NotBefore { get; set; }

    public bool HasProcess { get; set; }

    /// <summary>Why the work is being stopped.</summary>
    public string StopReason { get; set; } = "";

    /// <summary>The word that is said when nothing is left.</summary>
    public ClaimPhase AfterStop { get; set; } = ClaimPhase.Released;

    /// <summary>Consecutive failures here: the wait before the next bid doubles with each.</summary>
    public int Failures { get; set; }
}
