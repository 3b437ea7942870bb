using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

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

    /// <summary>The work is being stopped; what is said of it is said when nothing of it is left.</summary>
    Stopping,
}

/// <summary>What follows when the last process of a slot has ended.</summary>
internal enum AfterStop
{
    /// <summary>The slot is given up.</summary>
    Release,

    /// <summary>The work ended with an error, or could not be started.</summary>
    Fail,

    /// <summary>A job's work is done.</summary>
    Succeed,

    /// <summary>The same holder starts it again, in its new generation.</summary>
    StartAnew,

    /// <summary>It was nobody's: no word is said.</summary>
    Nothing,
}

/// <summary>This node would take a slot: at what epoch of its holder, with what score, how often it has said so, and when last.</summary>
internal sealed record Wish(Epoch Epoch, int Score, int Times, TimeSpan At);

/// <summary>This node's own part in a slot. The core alone changes it.</summary>
internal sealed class OwnSlot(SlotId slot)
{
    public SlotId Slot => slot;

    /// <summary>Where its claim stands: the slot's own bucket, or of an everywhere workload the node's.</summary>
    public int Bucket { get; set; } = Placement.Bucket.Of(slot);

    public OwnPhase Phase { get; private set; }

    /// <summary>Of waiting: its turn to bid has come at that time; null: it hasn't.</summary>
    public TimeSpan? TurnAt { get; set; }

    /// <summary>Of a vacant slot that nobody of its cohort bids for; null: nobody was called.</summary>
    public CallState? Calls { get; set; }

    /// <summary>The latest own word; null where there never was one.</summary>
    public Claim? Word { get; set; }

    /// <summary>Since when this node waits for its turn to bid.</summary>
    public TimeSpan WaitsSince { get; set; }

    /// <summary>Of idle and waiting: no bid before. Of bidding: `held` is not said before. Of an announced update: not tried again before.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>Of bidding: the slot had a holder, which has the last word while it is heard live.</summary>
    public Fleet.NodeId? Predecessor { get; set; }

    /// <summary>Of exclusive work: what was read of those who may be running it and are gone.</summary>
    public List<AbsenceWatch> Watches { get; } = [];

    /// <summary>Of an exclusive bid: those whose leases had run out when it was made.</summary>
    public IReadOnlyList<AbsenceWatch> Replaces { get; set; } = [];

    /// <summary>The reading of the slot that has no answer yet; 0: there is none.</summary>
    public long ReadBack { get; set; }

    /// <summary>Of an exclusive bid: the slot was read with the own bid in it, so that every rival's bid was read too, or reads this one.</summary>
    public bool IsReadBack { get; set; }

    /// <summary>Of exclusive work with voters: what each of them said last to the claim of this epoch.</summary>
    public Dictionary<Fleet.NodeId, Grant> Grants { get; } = [];

    public TimeSpan BidAt { get; set; }

    /// <summary>Of exclusive work: the shorter lease of a generation that is about to be taken.</summary>
    public TimeSpan? BoundBy { get; set; }

    /// <summary>The epoch of an exclusive claim of this disk that is not this agent's to go on with: none of its words is below it.</summary>
    public Epoch Disowned { get; set; }

    /// <summary>An exclusive claim under this name that this disk doesn't know, to be given up at that time.</summary>
    public (Claim Claim, TimeSpan GiveUpAt)? Unknown { get; set; }

    /// <summary>Its epoch is on disk: it was read from there, or has come back as this node's own echo.</summary>
    public bool IsKept { get; set; }

    public bool HasProcess { get; set; }

    /// <summary>Held since an earlier agent, and without a process: to be started when others have been heard.</summary>
    public bool IsStartDue { get; set; }

    /// <summary>When the work was last asked to start, or started.</summary>
    public TimeSpan SinceStart { get; set; }

    /// <summary>Since when it is on its way to <c>running</c>.</summary>
    public TimeSpan ProgressSince { get; set; }

    /// <summary>What was launched; null where that was an earlier agent's, of an intent that is known no more.</summary>
    public WorkloadSpec? Launched { get; set; }

    /// <summary>What its process has, which it was started with or given since; for what it is to become more may be kept. Null: nothing was started, or an earlier agent's disk doesn't say it.</summary>
    public Resources? Has { get; set; }

    /// <summary>How often the process of work on trial ended.</summary>
    public int EndsOnTrial { get; set; }

    public CheckState Checks { get; } = new();

    /// <summary>The generation whose limits its process is being given; 0: none.</summary>
    public long Limiting { get; set; }

    /// <summary>The run whose limits could not be given to a process that runs; 0: none.</summary>
    public long NotLimited { get; set; }

    /// <summary>Why its process was started anew on this node, where that was this agent's doing.</summary>
    public string RestartedFor { get; set; } = "";

    /// <summary>The process that could serve by the word of an earlier agent; 0: none.</summary>
    public int ReadyPid { get; set; }

    /// <summary>It has a process, and that can serve.</summary>
    public bool IsReady => HasProcess && Checks.IsReady;

    public AfterStop AfterStop { get; set; }

    /// <summary>Why the work is being stopped.</summary>
    public string StopReason { get; set; } = "";

    /// <summary>It was offered to others while it ran here: a greater claim ends it only when that one runs.</summary>
    public bool IsOffered { get; set; }

    /// <summary>The score that another needs to take it, as it was last reckoned and said; 0: nobody has asked.</summary>
    public int LeastScore { get; set; }

    /// <summary>It is on offer to nodes of that score, until then; null: it isn't.</summary>
    public TimeSpan? OfferedUntil { get; set; }

    /// <summary>Of held work: another would take it at such a score, and has said so.</summary>
    public (Fleet.NodeId Asker, int Score, TimeSpan Until)? WishedFor { get; set; }

    /// <summary>Of another's: what this node last said to its holder.</summary>
    public Wish? Wish { get; set; }

    /// <summary>It is to go down for good, and asks for a permit, or has one.</summary>
    public bool IsGoingDown { get; set; }

    /// <summary>It was given up because the node is drained, and may be taken up here again if nobody else does.</summary>
    public bool IsGivenUpByDrain { get; set; }

    /// <summary>Why it is to go, where the node is short of memory; empty: it isn't.</summary>
    public string EvictedFor { get; set; } = "";

    /// <summary>Nobody took it when it was given up for the drain of that number, and it stays here.</summary>
    public long StaysUnder { get; set; } = -1;

    /// <summary>Operators were told that it stays, at the drain of that number.</summary>
    public long ToldUnder { get; set; } = -1;

    /// <summary>Of a bid, or held and not started yet: the slots that are to go for it (docs/adr/0024).</summary>
    public SlotSet Victims { get; set; }

    /// <summary>It is to go for that one, as long as that one is held and waits for its room.</summary>
    public SlotId? GivesWayTo { get; set; }

    /// <summary>It has gone for another: it comes back where it fits, and nothing goes for it here.</summary>
    public bool IsPreempted { get; set; }

    /// <summary>Nothing goes for it here before: it was tried of late, and came to nothing.</summary>
    public TimeSpan DisplacesNotBefore { get; set; }

    /// <summary>When it is said above the claim of one that took it over and lost it.</summary>
    public TimeSpan? TakeBackAt { get; set; }

    /// <summary>Consecutive failures here: the wait before the next bid doubles with each.</summary>
    public int Failures { get; set; }

    /// <summary>The bid that was last answered with this node's own claim, so that it is answered once.</summary>
    public (Fleet.NodeId Node, WordOrder Order) Answered { get; set; }

    public void Enter(OwnPhase phase, OwnParts parts)
    {
        parts.Change(Slot, Phase, phase);
        Phase = phase;
    }
}
