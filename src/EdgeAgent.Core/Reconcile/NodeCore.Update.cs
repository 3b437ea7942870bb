using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>A new generation of what this node holds: taken in place, at most <c>maxUnavailable</c> slots down at once.</summary>
public sealed partial class NodeCore
{
    private const string NewCannotRun = "its new generation can't run here";

    private const string NewGeneration = "a new generation takes its place";

    private static readonly TimeSpan PermitRetry = TimeSpan.FromMilliseconds(200);

    private void Update(OwnSlot own, Intent intent)
    {
        var word = own.Word!;
        if (word is { IsLeaving: true } && word.RunId != intent.RunId && !MayBeginHere(own.Slot, intent.Spec!))
        {
            // Nothing new begins outside its domain: who takes it over begins the new work, and the old one goes on until then.
            if (own.IsStartDue)
            {
                Stop(own, "it is not begun outside its domain", AfterStop.Release);
            }

            return;
        }

        KeepWhatItHas(own);
        if (Outgrown(own, intent).Length > 0)
        {
            if (_isOpen && word.Phase == ClaimPhase.Updating)
            {
                // What was announced is off: only what says that it runs can be handed over.
                Say(own, ClaimPhase.Running, isKept: false);
                _toLookAt.Add(own.Slot);
            }

            return;
        }

        var held = _reserved.GetValueOrDefault(own.Slot);
        GiveBack(own.Slot);
        var hindrance = Filter.WhyNot(intent, DescribeTo(intent));

        // Until it has ended the old work has what it had, and what the new one wants beyond that is kept for it.
        Reserve(own.Slot, hindrance.Length > 0 ? held : Resources.Greater(held, Ask(intent.Spec!, held.Devices)));
        if (hindrance.Length > 0)
        {
            Stop(own, $"{NewCannotRun}: {hindrance}", AfterStop.Release);
        }
        else if (!IsBoundBy(own, intent))
        {
            LookAgainAt(own.Slot, _now + PermitRetry);
        }
        else if (word.RunId == intent.RunId && !IsOtherKind(word, intent))
        {
            // What runs goes on with what it has: what was kept besides was for a change that is over.
            GiveBack(own.Slot);
            Reserve(own.Slot, held.Devices);
            own.Word = Renewed(word, intent);

            // A change that was announced and not begun is off: what runs is what is wanted again.
            Say(own, own.IsReady && word.Phase == ClaimPhase.Updating ? ClaimPhase.Running : word.Phase, isKept: true);
        }
        else if (MayTakeLimits(own, intent))
        {
            TakeLimits(own, intent);
        }
        else if (!own.IsReady || intent.Spec!.Mode == WorkloadMode.Everywhere)
        {
            Replace(own);
        }
        else if (word.Phase != ClaimPhase.Updating)
        {
            Announce(own);
        }
        else if (_isOpen && _claims[own.Slot].Of(settings.Node)?.Order == word.Order)
        {
            CountPermits(own, intent);
        }
        else if (_isOpen)
        {
            AnnounceAgain(own);
        }
    }

    /// <summary>
    /// Why the new generation can't run here, where the old one serves: that goes on until another node runs the new one, and for good where none can (docs/adr/0018). Empty: it can, or nothing
    /// would be saved by going on.
    /// </summary>
    private string Outgrown(OwnSlot own, Intent intent) =>
        own is { Phase: OwnPhase.Holding, IsReady: true, IsStartDue: false, Victims.IsNone: true } && intent.Spec!.Mode == WorkloadMode.Replicated && own.Word!.Incarnation == intent.Incarnation
            && !IsCurrent(own.Word, intent) && !IsHeldBack(own.Word, intent) && !IsOtherKind(own.Word, intent)
            ? Filter.WhyNot(intent, DescribeTo(intent) with { Free = Free + _reserved.GetValueOrDefault(own.Slot) })
            : "";

    /// <summary>To what is here already: what keeps only new work off says nothing of it, and no taint ends what is pinned.</summary>
    private Self DescribeTo(Intent intent) => Describe() with { IsCordoned = false, Taints = intent.Spec!.Partition == PartitionPolicy.Pin ? [] : [.. settings.Taints.Where(t => t.Key != Taint.MemoryPressure)] };

    /// <summary>No copy of the announcement has come back, and none may: without another the change would wait for the next connection.</summary>
    private void AnnounceAgain(OwnSlot own)
    {
        if (_now >= own.NotBefore)
        {
            own.NotBefore = _now + settings.Window;
            Say(own, ClaimPhase.Updating, isKept: false);
        }

        LookAgainAt(own.Slot, own.NotBefore);
    }

    /// <summary>Announce, echo, count (traces.md, 22): without a leader no two nodes count each other out.</summary>
    private void Announce(OwnSlot own)
    {
        var unread = SlotsOf(IntentOf(own.Slot.Workload)).Where(s => !IsRead(s)).ToList();
        if (_isOpen && unread.Count > 0)
        {
            // Of the others' slots this node followed only those of its cohort; all are counted.
            FollowSlots(unread);
            LookAgainAt(own.Slot, _now + PermitRetry);
            return;
        }

        if (_isOpen && CountDown(own, IntentOf(own.Slot.Workload)!) >= IntentOf(own.Slot.Workload)!.Spec!.MaxUnavailable)
        {
            // It would be counted out. Looked at again when another slot's claim has changed: one that fits nowhere is down for good.
            AskForChange(own, IntentOf(own.Slot.Workload)!);
            return;
        }

        if (_isOpen && _now >= own.NotBefore)
        {
            own.NotBefore = _now + settings.Window;
            Say(own, ClaimPhase.Updating, isKept: false);
            LookAgainAt(own.Slot, own.NotBefore);
            if (Mutation.PermitNotCountedAfterTheEcho)
            {
                CountPermits(own, IntentOf(own.Slot.Workload)!);
            }

            return;
        }

        LookAgainAt(own.Slot, _isOpen ? own.NotBefore : null);
    }

    private void CountPermits(OwnSlot own, Intent intent)
    {
        if (CountDown(own, intent) < intent.Spec!.MaxUnavailable)
        {
            GoDown(own);
            return;
        }

        own.NotBefore = _now + (PermitRetry * (1 + Part(StableHash.Of(own.Slot, settings.Node))));
        Say(own, ClaimPhase.Running, isKept: false);
        LookAgainAt(own.Slot, own.NotBefore);
    }

    /// <summary>Whose kept word hinders a change is asked whether it is there.</summary>
    private void AskForChange(OwnSlot own, Intent intent)
    {
        if (SlotsOf(intent).Any(s => s != own.Slot && _claims[s].Standing(intent.Incarnation, intent.RunId)?.Claim is { } claim && IsHearsay(claim)))
        {
            AskSoon();
            LookAgainAt(own.Slot, _now + settings.Window);
        }
    }

    private int CountDown(OwnSlot own, Intent intent) => SlotsOf(intent).Count(s => s != own.Slot && IsDown(s, intent));

    /// <summary>Whoever waits to change another slot of the workload counts anew.</summary>
    private void LookAtChanging(WorkloadName workload)
    {
        foreach (var slot in _parts.Of(workload))
        {
            if (_own[slot] is { Phase: OwnPhase.Holding } own && IntentOf(workload) is { } intent && (!IsCurrent(own.Word!, intent) || own.IsGoingDown))
            {
                _toLookAt.Add(own.Slot);
            }
        }
    }

    /// <summary>Something may have been kept for a generation before, which it might have taken here.</summary>
    private void KeepWhatItHas(OwnSlot own)
    {
        if (WhatItHas(own) is { } has)
        {
            GiveBack(own.Slot);
            Reserve(own.Slot, has);
        }
    }

    /// <summary>There may be room for what a slot has become.</summary>
    private void LookAtOutgrown()
    {
        foreach (var slot in _reserved.Keys)
        {
            if (_own.GetValueOrDefault(slot) is { Phase: OwnPhase.Holding, Word: { } word } && IntentOf(slot.Workload) is { Spec: not null } intent && !IsCurrent(word, intent))
            {
                _toLookAt.Add(slot);
            }
        }
    }

    /// <summary>A slot that is being changed, or doesn't run, keeps its permit: a bad change stops at <c>maxUnavailable</c>.</summary>
    private bool IsDown(SlotId slot, Intent intent) => IsAnnouncedHere(slot) || _claims[slot].Standing(intent.Incarnation, intent.RunId)?.Claim is not { } claim
        || claim.Phase is not (ClaimPhase.Running or ClaimPhase.Succeeded)
        || (claim.Phase == ClaimPhase.Running && (IsHearsay(claim) || _members.AbsentSince(claim.Node, _now) is not null));

    /// <summary>
    /// This node's own word counts from when it is said: of several that announce in one step each would count the others out, and where they are always looked at together, as after their voters' answers, for ever
    /// (seed 2193).
    /// </summary>
    private bool IsAnnouncedHere(SlotId slot) => _own.TryGetValue(slot, out var own) && own is { Phase: OwnPhase.Holding, Word.Phase: ClaimPhase.Updating };

    /// <summary>A kept word of one who hasn't been heard since this connection began, and may have gone on with its own change behind an outage. It is asked, and answers.</summary>
    private bool IsHearsay(Claim claim) => claim.Node != settings.Node && _members.StandingOf(claim.Node, _now) == Fleet.PeerStanding.Hearsay;

    private void Replace(OwnSlot own) => Stop(own, NewGeneration, AfterStop.StartAnew);

    /// <summary>
    /// Also whether it still has the room: the new generation may want more than was reserved while the old one ended. Work of the same name that was deleted and made again meanwhile is another (seed 9634).
    /// </summary>
    private bool MayStartAnew(OwnSlot own, Intent intent)
    {
        if (own.Word!.Incarnation != intent.Incarnation || IsOtherKind(own.Word, intent) || own.Bucket != Bucket.Of(own.Slot, settings.Node, IsEverywhere(intent)) || (intent.Spec!.IsExclusive && !_lease.Covers(intent.Spec.Lease, _now)))
        {
            return false;
        }

        var had = DevicesOf(own.Slot);
        GiveBack(own.Slot);
        // Other work than before may ask for more than room: what is gone back to was perhaps never here.
        var fits = Free.Fits(intent.Spec.Resources) && DeviceRoom.Fits(intent.Spec.Devices, Free.Devices) && (own.Word.RunId == intent.RunId || Filter.Check(intent, DescribeTo(intent)).IsNone);
        Reserve(own.Slot, had);
        return fits;
    }

    private void StartAnew(OwnSlot own, Intent intent)
    {
        var had = DevicesOf(own.Slot);
        GiveBack(own.Slot);
        Reserve(own.Slot, had);
        own.Enter(OwnPhase.Holding, _parts);
        own.Word = Renewed(own.Word!, intent) with
        {
            RunId = intent.RunId,
            Attempts = 0,
            Pid = 0,
            IsOnTrial = BeginsTrial(own.Word, intent),
            Devices = DevicesOf(own.Slot),
        };
        Say(own, own.Word.Phase == ClaimPhase.Updating ? ClaimPhase.Updating : ClaimPhase.Held, isKept: true);
        Start(own, intent.Spec!);
        own.RestartedFor = intent.Rejected != 0 && own.StopReason != NewGeneration ? own.StopReason : own.RestartedFor;
    }

    private static Claim Renewed(Claim word, Intent intent) => word with
    {
        Generation = intent.Generation,
        Mode = intent.Spec!.Partition,
        StopTimeout = intent.Spec.Stop.Timeout,
        Lease = intent.Spec.IsExclusive ? intent.Spec.Lease : TimeSpan.Zero,
        Rejected = intent.Rejected,
    };
}
