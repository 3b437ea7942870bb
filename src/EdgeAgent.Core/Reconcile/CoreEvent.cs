using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What happened, as far as the rules care. Everything is verified and typed before it comes here.</summary>
public abstract record CoreEvent
{
    /// <summary>Its kind. What a record would say by itself is a hundred kilobytes of an agent that prints none of them.</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Connected, the own retained words are read, the presence is said, and no other lives under this name: words may be said.</summary>
public sealed record LinkOpened(long Session) : CoreEvent;

/// <summary>
/// Everything retained has been read; what comes now is live. <paramref name="Echo"/> is how long a message to oneself took.
/// </summary>
public sealed record LinkRead(bool StoreSuspect, TimeSpan Echo) : CoreEvent;

/// <summary>A message to oneself came back sooner than any before in this connection.</summary>
public sealed record EchoMeasured(TimeSpan Echo) : CoreEvent;

public sealed record LinkLost : CoreEvent;

/// <summary>A broker has accepted the connection: others are going to be heard.</summary>
public sealed record LinkFound : CoreEvent;

public sealed record PresenceHeard(Presence Presence, bool Retained) : CoreEvent;

public sealed record IntentHeard(Intent Intent, bool Retained) : CoreEvent;

/// <summary>Another node's copy of an intent, heard while the store is suspect.</summary>
public sealed record CopyHeard(Intent Intent) : CoreEvent;

/// <summary>The broker keeps a copy that this node said.</summary>
public sealed record OwnCopyFound(WorkloadName Workload) : CoreEvent;

/// <summary>The retained presences have been read; their later ones come live.</summary>
public sealed record PresencesRead : CoreEvent;

/// <summary>The retained claims of these buckets have been read; their later ones come live.</summary>
public sealed record ClaimsRead(uint Buckets) : CoreEvent;

/// <summary>The retained claims of these slots have been read.</summary>
public sealed record SlotsRead(IReadOnlyList<SlotId> Slots) : CoreEvent;

/// <summary>Nobody of a slot's cohort can run it: this ring is asked to look after it.</summary>
public sealed record CalledFor(SlotId Slot, int Ring) : CoreEvent;

public sealed record ClaimHeard(Claim Claim, bool Retained) : CoreEvent
{
    /// <summary>Where it stands (<see cref="Placement.Bucket"/>).</summary>
    public int Bucket { get; init; } = Placement.Bucket.Of(Claim.Slot);
}

public sealed record ClaimCleared(SlotId Slot, NodeId Node) : CoreEvent;

/// <summary>The broker keeps this connection's own presence: it came back.</summary>
public sealed record OnlineStored : CoreEvent;

/// <summary>The broker acknowledged a word of the own lease that was sent no earlier than this.</summary>
public sealed record LeaseRenewed(TimeSpan SentAt) : CoreEvent;

/// <summary>How the fence stands after a <see cref="PutUpFence"/>; <paramref name="Trouble"/> is empty where it does.</summary>
public sealed record FenceStands(TimeSpan Until, string Trouble) : CoreEvent;

/// <summary>At the agent's start, before its work is found: the fence of an earlier agent stands until then.</summary>
public sealed record FenceFound(TimeSpan Until) : CoreEvent;

/// <summary>Another agent speaks under this node's name.</summary>
public sealed record NameShared : CoreEvent;

/// <summary>
/// What the broker kept, read anew by a subscription of its own, in answer to the <see cref="ReadSlot"/> of this number: the slot's claims, and the presences and
/// leases of those who were asked for. Each has been heard by the ordinary events before.
/// </summary>
public sealed record SlotRead(SlotId Slot, long Id, IReadOnlyList<NodeId> Asked) : CoreEvent
{
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    public IReadOnlyDictionary<NodeId, Presence> Presences { get; init; } = new Dictionary<NodeId, Presence>();

    public IReadOnlyDictionary<NodeId, LeaseWord> Leases { get; init; } = new Dictionary<NodeId, LeaseWord>();
}

/// <summary>A node asks this one, as a voter of the workload, to grant a slot to its claim; a claim that has been given up frees this voter.</summary>
public sealed record VoteAsked(Claim Claim, TimeSpan AskedAt) : CoreEvent;

/// <summary>A voter's answer.</summary>
public sealed record GrantHeard(Grant Grant) : CoreEvent;

/// <summary>Somebody wants to know whether this node is there.</summary>
public sealed record AskedBy(NodeId Asker) : CoreEvent;

/// <summary>Another would take a slot that this node holds at that epoch, and would give it that score.</summary>
public sealed record WishedFor(NodeId Asker, SlotId Slot, Epoch Epoch, int Score) : CoreEvent;

/// <summary>What that agent under this name said of a slot stands somewhere, though nobody wants the slot any more: somebody wants the latest word.</summary>
public sealed record AskedAbout(SlotId Slot, ulong Instance) : CoreEvent;

/// <summary>Which launch of a slot's work a report is about.</summary>
public readonly record struct Launch(SlotId Slot, Incarnation Incarnation, long Generation, Epoch Epoch);

/// <summary>At the agent's start: work of an earlier agent, alive.</summary>
public sealed record WorkFound(Launch Launch, string Unit, int Pid) : CoreEvent;

/// <summary>At the agent's start: all that is there has been reported.</summary>
public sealed record WorkListed : CoreEvent;

/// <summary>It has no process yet, and what it waits for has come on: its time to start (<see cref="WorkloadSpec.ProgressDeadline"/>) begins anew.</summary>
/// <param name="Launch">Which.</param>
/// <param name="Detail">For a person.</param>
public sealed record WorkComesOn(Launch Launch, string Detail) : CoreEvent;

public sealed record WorkStarted(Launch Launch, string Unit, int Pid) : CoreEvent;

/// <summary>The main process ended, and nobody but the core starts it again.</summary>
public sealed record WorkEnded(Launch Launch, bool Succeeded, string Reason) : CoreEvent;

/// <summary>What a check said.</summary>
public enum CheckOutcome
{
    Passed,
    Failed,

    /// <summary>It could not be asked, which says nothing of the work. Without a reason: the work has no process just now.</summary>
    NotRun,
}

/// <summary>The answer to the <see cref="CheckWork"/> of this number; of one that didn't pass, why, for a person.</summary>
public sealed record WorkChecked(SlotId Slot, long Check, CheckOutcome Outcome, string Detail) : CoreEvent;

/// <summary>The answer to <see cref="LimitWork"/>: the process has the limits of that generation, or, where <paramref name="Trouble"/> isn't empty, can't be given them.</summary>
public sealed record WorkLimited(SlotId Slot, long Generation, string Trouble) : CoreEvent;

/// <summary>Nothing of the slot's work is left.</summary>
public sealed record WorkGone(SlotId Slot) : CoreEvent;

/// <summary>What was deleted before that time need not be remembered any longer, where the broker has forgotten it too.</summary>
public sealed record TombstonesAged(DateTimeOffset SignedBefore) : CoreEvent;

/// <summary>There are too many deleted workloads: the one that was deleted first is forgotten, whoever remembers it.</summary>
public sealed record TombstonesFull : CoreEvent;

/// <summary>Nothing can be kept on disk, for this reason; empty: it can again.</summary>
public sealed record StoreFailing(string Reason) : CoreEvent;

/// <summary>The operator changed what this node has, and how it is called; what runs goes on.</summary>
public sealed record SettingsChanged(Resources Capacity, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<Taint> Taints) : CoreEvent;

/// <summary>The node is short of memory, and work of it is to go: said again as long as that is so. <paramref name="Why"/> says it for a person; empty: it isn't any more.</summary>
public sealed record MemoryShort(string Why) : CoreEvent;

/// <summary>Whether the node takes new work, and what is to leave it; each drain has a number of its own.</summary>
public sealed record DutyChanged(bool IsCordoned, DrainScope Drain, long Order) : CoreEvent;

/// <summary>An operator said that a node is no more, or is enrolled again.</summary>
public sealed record NodeRetired(Retirement Word, bool Retained) : CoreEvent;

/// <summary>The time that <see cref="NodeCore.NextWake"/> named has come.</summary>
public sealed record Woken : CoreEvent;
