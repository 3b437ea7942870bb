using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What a step wants done. The loop carries effects out in their order; a step does nothing itself.</summary>
public abstract record Effect
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Publish, retained. Where <paramref name="IsKept"/>, only after it is on disk; so is every later word of the slot until then. <paramref name="Room"/> is kept with it, and not said.</summary>
public sealed record SayClaim(Claim Claim, int Bucket, bool IsKept, Resources? Room = null) : Effect;

/// <summary>Clear the own claim's topic and forget it on disk.</summary>
public sealed record ClearClaim(SlotId Slot, int Bucket) : Effect;

/// <summary>Clear a topic that holds an own claim which stands elsewhere now.</summary>
public sealed record ClearStray(SlotId Slot, int Bucket) : Effect;

/// <summary>Publish the own presence again: somebody doubts it.</summary>
public sealed record SayPresence : Effect;

/// <summary>"Are you there?"</summary>
public sealed record AskHolder(NodeId Holder) : Effect;

/// <summary>"I would take this slot, and it would score that here": the holder hands it over if that is clearly more than what it scores there.</summary>
public sealed record WishFor(NodeId Holder, SlotId Slot, Epoch Epoch, int Score) : Effect;

/// <summary>"What is your latest word of this slot?", of which nobody wants any: what that agent said stands there.</summary>
public sealed record AskAbout(NodeId Holder, SlotId Slot, ulong Instance) : Effect;

/// <summary>Keep a verified intent on disk, in place of what was known of the workload.</summary>
public sealed record KeepIntent(Intent Intent) : Effect;

/// <summary>Forget it on disk.</summary>
public sealed record ForgetIntent(WorkloadName Workload) : Effect;

/// <summary>Publish the own copy of an intent, retained.</summary>
public sealed record SayCopy(Intent Intent) : Effect;

/// <summary>Clear the own copy's topic.</summary>
public sealed record ClearCopy(WorkloadName Workload) : Effect;

/// <summary>Read the copies and tell the others: what the broker keeps is older than what is known here.</summary>
public sealed record SuspectStore(string Reason) : Effect;

/// <summary>Follow the claims of these buckets: subscribe, barrier, then <see cref="ClaimsRead"/>.</summary>
public sealed record FollowClaims(uint Buckets) : Effect;

public sealed record UnfollowClaims(uint Buckets) : Effect;

/// <summary>Follow the claims of single slots besides; answered by <see cref="SlotsRead"/>.</summary>
public sealed record FollowSlots(IReadOnlyList<SlotId> Slots) : Effect;

public sealed record UnfollowSlot(SlotId Slot) : Effect;

/// <summary>Read once more what the broker keeps of the claims of slots that are followed; answered by <see cref="SlotsRead"/>.</summary>
public sealed record ReadSlots(IReadOnlyList<SlotId> Slots) : Effect;

/// <summary>Ask nodes of this ring to look after a slot.</summary>
public sealed record CallOthers(SlotId Slot, int Ring) : Effect;

/// <summary>Read anew what the broker keeps of a slot's claims, and of these nodes their presences and leases; answered by <see cref="SlotRead"/>.</summary>
public sealed record ReadSlot(SlotId Slot, IReadOnlyList<NodeId> Holders, long Id) : Effect;

/// <summary>Publish the own lease, retained; its acknowledgement is a <see cref="LeaseRenewed"/> with this time.</summary>
public sealed record RenewLease(LeaseWord Word, TimeSpan SentAt) : Effect;

/// <summary>Ask a voter to grant the slot to the own claim; answered by <see cref="GrantHeard"/> with this time.</summary>
public sealed record AskVote(NodeId Voter, Claim Claim, TimeSpan AskedAt) : Effect;

/// <summary>Keep on disk what this voter grants, in place of what it granted of the slot before.</summary>
public sealed record KeepPromise(Promise Promise) : Effect;

/// <summary>Forget it on disk.</summary>
public sealed record ForgetPromise(SlotId Slot) : Effect;

/// <summary>Answer who asked, after what was to be kept of it is on disk.</summary>
public sealed record SayGrant(NodeId To, Grant Grant) : Effect;

/// <summary>Exclusive work may go on until then, and ends by itself if this is not said again; answered by <see cref="FenceStands"/>.</summary>
public sealed record PutUpFence(TimeSpan Until) : Effect;

/// <summary>Start the work of a slot; the claim says under which epoch and generation.</summary>
public sealed record StartWork(Claim Claim, WorkloadSpec Spec) : Effect;

/// <summary>Run one of its checks beside the work of a slot. Answered once, by <see cref="WorkChecked"/> with this number.</summary>
public sealed record CheckWork(Claim Claim, WorkloadSpec Spec, CheckRule Rule, long Check) : Effect;

/// <summary>End the processes of a slot's work as a stop would, and leave it to the restart policy that it was started with what follows.</summary>
public sealed record RestartWork(SlotId Slot, StopRule Rule) : Effect;

/// <summary>Give the work of a slot these limits while it runs; the claim says of which generation. Answered by <see cref="WorkLimited"/>.</summary>
public sealed record LimitWork(Claim Claim, WorkloadSpec Spec) : Effect;

/// <summary>Stop whatever runs for a slot, and say when nothing of it is left.</summary>
public sealed record StopWork(SlotId Slot, StopRule Rule) : Effect;

/// <summary>For the log and, where <paramref name="IsEvent"/>, for operators too.</summary>
public sealed record Tell(string Kind, string Subject, string Reason, string Message, bool IsEvent) : Effect
{
    /// <summary>Nothing is wrong: operators may want to know it all the same.</summary>
    public bool IsRoutine { get; init; }
}
