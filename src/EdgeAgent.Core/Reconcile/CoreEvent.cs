using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What happened, as far as the rules care. Everything is verified and typed before it comes here.</summary>
public abstract record CoreEvent;

/// <summary>Everything retained has been read; what comes now is live.</summary>
public sealed record LinkRead(long Session, bool StoreSuspect) : CoreEvent;

public sealed record LinkLost : CoreEvent;

public sealed record PresenceHeard(Presence Presence, bool Retained) : CoreEvent;

public sealed record IntentHeard(Intent Intent, bool Retained) : CoreEvent;

public sealed record ClaimHeard(Claim Claim, bool Retained) : CoreEvent;

public sealed record ClaimCleared(SlotId Slot, NodeId Node) : CoreEvent;

/// <summary>Somebody wants to know whether this node is there.</summary>
public sealed record AskedBy(NodeId Asker) : CoreEvent;

public sealed record WorkStarted(SlotId Slot, Epoch Epoch, string Unit, int Pid) : CoreEvent;

/// <summary>The main process ended, and nobody but the core starts it again.</summary>
public sealed record WorkEnded(SlotId Slot, Epoch Epoch, bool Succeeded, string Reason) : CoreEvent;

/// <summary>Nothing of the slot's work is left.</summary>
public sealed record WorkGone(SlotId Slot) : CoreEvent;

/// <summary>The time that <see cref="NodeCore.NextWake"/> named has come.</summary>
public sealed record Woken : CoreEvent;
