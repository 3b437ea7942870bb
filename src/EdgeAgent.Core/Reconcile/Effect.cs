using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What a step wants done. The loop carries effects out in their order; a step does nothing itself.</summary>
public abstract record Effect;

/// <summary>Publish, retained. Where <paramref name="IsKept"/>, only after it is on disk.</summary>
public sealed record SayClaim(Claim Claim, bool IsKept) : Effect;

/// <summary>Clear the own claim's topic and forget it on disk.</summary>
public sealed record ClearClaim(SlotId Slot) : Effect;

public sealed record SayPresence(Presence Presence) : Effect;

/// <summary>"Are you there?"</summary>
public sealed record AskHolder(NodeId Holder) : Effect;

/// <summary>Keep a verified intent on disk, in place of what was known of the workload.</summary>
public sealed record KeepIntent(Intent Intent) : Effect;

/// <summary>Publish the own copy of an intent, retained.</summary>
public sealed record SayCopy(Intent Intent) : Effect;

/// <summary>Start the work of a slot; the claim says under which epoch.</summary>
public sealed record StartWork(Claim Claim, WorkloadSpec Spec) : Effect;

/// <summary>Stop whatever runs for a slot, and say when nothing of it is left.</summary>
public sealed record StopWork(SlotId Slot, StopRule Rule) : Effect;

/// <summary>An event for operators and the log.</summary>
public sealed record TellEvent(string Kind, string Subject, string Reason, string Message) : Effect;
