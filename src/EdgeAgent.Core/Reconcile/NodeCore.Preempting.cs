using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Room for work of a higher priority: who bids for a slot says with the bid whom it displaces, and nothing happens to those before the slot is held, and that has come back from the
/// broker. Then they go as work goes that leaves a node, with the same permits, and the newcomer begins when nothing of them is left (docs/adr/0024).
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Of what failed when it was last tried: others are not ended for it more often.</summary>
    private static readonly TimeSpan DisplacesAfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>The lowest priority that was ever wanted here: where all are the same nobody looks for victims.</summary>
    private int _leastPriority = int.MaxValue;

    /// <summary>What counts for less than before may go for those who found nobody that could.</summary>
    private void LookAtHinderedBy(Intent? before, Intent after)
    {
        if (after.Spec?.Priority < before?.Spec?.Priority)
        {
            LookAtHindered();
        }
    }

    /// <summary>Who would go here for this slot, now or in a while; none: it has room, or nobody may go.</summary>
    public SlotSet WouldDisplace(SlotId slot) =>
        _own.TryGetValue(slot, out var own) && IntentOf(slot.Workload) is { Spec: not null } intent && own.Phase is OwnPhase.Idle or OwnPhase.Waiting ? RoomFor(own, intent, out _, isAskedLater: true) : SlotSet.None;

    /// <summary>Whose going would make room for a slot, of least harm; and what a bid with them scores.</summary>
    private SlotSet RoomFor(OwnSlot own, Intent intent, out int score, bool isAskedLater = false)
    {
        score = 0;
        var spec = intent.Spec!;
        if (spec.Priority <= _leastPriority && !Mutation.EqualPriorityPreempted)
        {
            return SlotSet.None;
        }

        var self = Describe();
        if (own.IsPreempted || !_isOpen || !_isListed || spec.Mode == WorkloadMode.Everywhere || !MayBeginHere(own.Slot, spec) || IsWellAbroad(own.Slot, intent) || !(isAskedLater || AreAllCalled(own))
            || Filter.Check(intent, self).Cause is not (HindranceCause.Resources or HindranceCause.DevicesTaken)
            || IsHereOnce(intent) || InTheWay(intent) is not null)
        {
            return SlotSet.None;
        }

        var notBefore = _claims[own.Slot].Greatest(intent.Incarnation, intent.RunId) is { Claim.Phase: ClaimPhase.Failed } failed ? Later(own.DisplacesNotBefore, failed.At + DisplacesAfterFailure) : own.DisplacesNotBefore;
        if (_now < notBefore && !isAskedLater)
        {
            LookAgainAt(own.Slot, notBefore);
            return SlotSet.None;
        }

        var victims = Choose(own, spec, out score);
        if (victims.IsNone && !isAskedLater && _own.Values.Any(o => o.Phase == OwnPhase.Holding && Preemption.IsLower(PriorityOf(o.Slot.Workload), spec.Priority)))
        {
            // What may not go now may later, and that is decided by other slots' claims and by time.
            LookAgainAt(own.Slot, _now + (settings.Window * 2));
        }

        return victims;
    }

    private SlotSet Choose(OwnSlot own, WorkloadSpec spec, out int score)
    {
        var victims = Preemption.Choose(spec, Free, Tenants(own, spec));
        score = victims.IsNone ? 0 : Preemption.Score(victims.Slots.Max(v => PriorityOf(v.Workload)), victims.Count);
        return victims;
    }

    /// <summary>It runs, and would only come home: nobody is ended for that.</summary>
    private bool IsWellAbroad(SlotId slot, Intent intent) => _claims[slot].GreatestHeld(intent.Incarnation, intent.RunId) is { Claim: { IsMisplaced: true, IsStarted: true } };

    /// <summary>A node in a wider ring may have room: it is called first.</summary>
    private bool AreAllCalled(OwnSlot own) => _members.Cohorts.Bits == 0 || own.Calls is { Interval.Ticks: > 0 };

    private int PriorityOf(WorkloadName workload) => IntentOf(workload)?.Spec?.Priority ?? 0;

    private List<Tenant> Tenants(OwnSlot newcomer, WorkloadSpec spec)
    {
        var permits = new Dictionary<WorkloadName, int>();
        var tenants = new List<Tenant>();
        foreach (var own in _own.Values)
        {
            if (IntentOf(own.Slot.Workload) is { Spec: not null } intent && Preemption.IsLower(intent.Spec.Priority, spec.Priority) && own.Slot != newcomer.Slot && MayGo(own, intent)
                && Stops(own) < spec.ProgressDeadline / 2 && !_own.Values.Any(o => o != newcomer && o.Victims.Contains(own.Slot)))
            {
                if (!permits.TryGetValue(own.Slot.Workload, out var left))
                {
                    permits[own.Slot.Workload] = left = intent.Spec.MaxUnavailable - SlotsOf(intent).Count(s => IsRead(s) && IsDown(s, intent));
                }

                tenants.Add(new(own.Slot, intent.Spec.Priority, _reserved.GetValueOrDefault(own.Slot), _now - own.SinceStart, NeedsPermit(own, intent) ? left : null));
            }
        }

        return tenants;
    }

    private static TimeSpan Stops(OwnSlot own) => own.Launched?.Stop.Timeout ?? own.Word!.StopTimeout;

    /// <summary>A job serves nobody, and what can't serve yet is down already.</summary>
    private static bool NeedsPermit(OwnSlot own, Intent intent) => own.IsReady && intent.Spec!.Mode != WorkloadMode.Job && !Mutation.PreemptedWithoutPermit;

    /// <summary>Pinned work is moved by nobody but the operator, what runs everywhere has nowhere else to go, and what is on trial is to prove something. What leaves anyway isn't counted on.</summary>
    private bool MayGo(OwnSlot own, Intent intent) => own is { Phase: OwnPhase.Holding, IsStartDue: false, IsGoingDown: false, Victims.IsNone: true, Word.Phase: ClaimPhase.Held or ClaimPhase.Running, Word.IsLeaving: false }
        && intent.Spec is { Mode: not WorkloadMode.Everywhere, Partition: not PartitionPolicy.Pin } && own.Word.Incarnation == intent.Incarnation && own.Word.Mode != PartitionPolicy.Pin && !own.Word.IsOnTrial && Successor(own, intent) is null;

    /// <summary>Somebody else's bid that is announced to displace others, and isn't decided: who does less harm bids above it. Not where the slot runs on one who is there and stays: the bidder hasn't seen that.</summary>
    private Claim? Displacing(OwnSlot own, Intent intent) => !intent.Spec!.IsExclusive && intent.Spec.Mode != WorkloadMode.Everywhere && _isOpen && IsRead(own.Slot)
        && _claims[own.Slot].Greatest(intent.Incarnation, intent.RunId)?.Claim is { Phase: ClaimPhase.Bid, Displaces.IsNone: false } bid && bid.Node != settings.Node
        && _claims[own.Slot].RunsBelow(bid.Epoch, bid.Incarnation, settings.Node, c => !c.IsLeaving && _members.AbsentSince(c.Node, _now) is null) is null ? bid : null;

    /// <summary>With a bid all is kept for it that is free now; what its victims have comes to it as they go.</summary>
    private void ReserveBeside(OwnSlot own, WorkloadSpec spec)
    {
        var together = own.Victims.Slots.Aggregate(Free, (sum, v) => sum + _reserved.GetValueOrDefault(v));
        var whole = spec.Resources with { Devices = DeviceRoom.Choose(spec.Devices, together.Devices) };
        Reserve(own.Slot, Resources.Lesser(whole, Free));
    }

    /// <summary>The race is won: what is free may be other than when the bid was made. False: it doesn't fit any more, and nobody who may go would make room.</summary>
    private bool ChooseAgain(OwnSlot own, WorkloadSpec spec)
    {
        GiveBack(own.Slot);
        own.Victims = Preemption.Fits(spec, Free) ? SlotSet.None : Choose(own, spec, out _);
        if (!own.Victims.IsNone)
        {
            ReserveBeside(own, spec);
        }
        else if (Preemption.Fits(spec, Free))
        {
            Reserve(own.Slot);
        }
        else
        {
            return false;
        }

        own.Word = own.Word! with { Displaces = own.Victims, IsMakingRoom = !own.Victims.IsNone, Devices = own.Victims.IsNone ? DevicesOf(own.Slot) : default };
        return true;
    }

    private void MarkVictims(OwnSlot own)
    {
        foreach (var slot in own.Victims.Slots)
        {
            _own[slot].GivesWayTo = own.Slot;
        }
    }

    /// <summary>Held: from now on its victims are to go.</summary>
    private void BeginRoom(OwnSlot own, WorkloadSpec spec)
    {
        (own.IsStartDue, own.HasProcess, own.SinceStart, own.ProgressSince, own.Launched) = (false, false, _now, _now, spec);
        own.Checks.Begin(isReady: false, _now);
        MarkVictims(own);
        _effects.Add(new Tell("Displaces", own.Slot.ToString(), "Priority", TextOfRoom(own), IsEvent: true));
        LookAgainAt(own.Slot, _now + spec.ProgressDeadline);
        LookAgainAt(own.Slot, RoomBy(own, spec));
    }

    /// <summary>Those that haven't begun to stop by then may not: the slot is given up, and nothing has happened to them.</summary>
    private TimeSpan RoomBy(OwnSlot own, WorkloadSpec spec) => own.SinceStart + Earlier(settings.Window * 2, spec.ProgressDeadline / 2)!.Value;

    private string TextOfRoom(OwnSlot own) => $"{string.Join(", ", own.Word!.Displaces.Slots.Select(v => $"{v} (priority {PriorityOf(v.Workload)})"))} {(own.Word.Displaces.Count == 1 ? "goes" : "go")} for it (priority {PriorityOf(own.Slot.Workload)}) on {settings.Node}";

    /// <summary>The slot is held, and waits for its room.</summary>
    private void MakeRoom(OwnSlot own, Intent intent)
    {
        if (own.IsStartDue)
        {
            GiveUpRoom(own, "the agent ended before there was room for it");
            return;
        }

        if (!IsCurrent(own.Word!, intent))
        {
            GiveUpRoom(own, "the workload was changed before there was room for it");
            return;
        }

        if (!IsEchoed(own))
        {
            LookAgainAt(own.Slot, own.SinceStart + intent.Spec!.ProgressDeadline);
            GiveUpWhenStuck(own, intent.Spec);
            return;
        }

        var (isGone, isGoing) = (true, true);
        foreach (var slot in own.Victims.Slots)
        {
            if (!_own.TryGetValue(slot, out var victim) || victim.GivesWayTo != own.Slot)
            {
                continue;
            }

            if (victim.Phase == OwnPhase.Holding)
            {
                (isGone, isGoing) = (false, false);
                _toLookAt.Add(slot);
            }

            // That it was given up is on disk before anything begins in its place.
            isGone &= victim.Phase != OwnPhase.Stopping && (victim.Word is null || victim.Word.IsStarted || _claims[slot].Of(settings.Node)?.Order == victim.Word.Order);
        }

        if (isGone)
        {
            TakeRoom(own, intent);
        }
        else if (!isGoing && _now >= RoomBy(own, intent.Spec!))
        {
            GiveUpRoom(own, $"those that were to go for it may not: {own.Victims}");
        }
        else
        {
            LookAgainAt(own.Slot, isGoing ? null : RoomBy(own, intent.Spec!));
            GiveUpWhenStuck(own, intent.Spec!);
        }
    }

    private bool IsEchoed(OwnSlot own) => _isOpen && _claims[own.Slot].Of(settings.Node)?.Order == own.Word!.Order;

    private void TakeRoom(OwnSlot own, Intent intent)
    {
        var spec = intent.Spec!;
        GiveBack(own.Slot);
        if (!Preemption.Fits(spec, Free) || (spec.IsExclusive && !_lease.Covers(spec.Lease, _now)))
        {
            GiveUpRoom(own, Preemption.Fits(spec, Free) ? "its lease is over before there was room for it" : "the room that was made for it is taken");
            return;
        }

        Reserve(own.Slot);
        var text = TextOfRoom(own);
        ForgetVictims(own);
        own.Word = own.Word! with { IsMakingRoom = false, Devices = DevicesOf(own.Slot) };
        Say(own, ClaimPhase.Held, isKept: true, text);
        Start(own, spec);
        LookAtHindered();
    }

    private void GiveUpRoom(OwnSlot own, string reason)
    {
        own.DisplacesNotBefore = _now + (settings.Window * 2);
        Stop(own, reason, AfterStop.Release);
    }

    /// <summary>There is room, or it is given up: whoever hasn't gone stays.</summary>
    private void ForgetVictims(OwnSlot own)
    {
        foreach (var slot in own.Victims.Slots)
        {
            if (_own.TryGetValue(slot, out var victim) && victim.GivesWayTo == own.Slot)
            {
                victim.GivesWayTo = null;
                _toLookAt.Add(slot);
            }
        }

        own.Victims = SlotSet.None;
    }

    /// <summary>For whom a slot is to go now; null: it stays.</summary>
    private OwnSlot? Newcomer(OwnSlot own) => own.GivesWayTo is { } slot && _own.TryGetValue(slot, out var next) && next.Victims.Contains(own.Slot)
        && Preemption.IsLower(PriorityOf(own.Slot.Workload), PriorityOf(slot.Workload)) && !own.Word!.IsOnTrial
        && ((next is { Phase: OwnPhase.Holding, Word.IsMakingRoom: true } && IsEchoed(next)) || Mutation.PreemptedBeforeHeld) ? next : null;

    /// <summary>True: it is on its way out, as work that leaves is: announce, echo, count.</summary>
    private bool GiveWayWhenDue(OwnSlot own, Intent intent)
    {
        if (Newcomer(own) is null)
        {
            return false;
        }

        own.IsGoingDown = true;
        if (!NeedsPermit(own, intent))
        {
            GoDown(own);
        }
        else if (own.Word!.Phase != ClaimPhase.Updating)
        {
            Announce(own);
        }
        else if (IsEchoed(own))
        {
            CountPermits(own, intent);
        }
        else
        {
            AnnounceAgain(own);
        }

        return true;
    }

    private void GiveWay(OwnSlot own, OwnSlot newcomer)
    {
        own.IsPreempted = true;
        var text = $"preempted on {settings.Node} by {newcomer.Slot} (priority {PriorityOf(newcomer.Slot.Workload)} over {PriorityOf(own.Slot.Workload)})";
        _effects.Add(new Tell("Preempted", own.Slot.ToString(), "Priority", text, IsEvent: true));
        Stop(own, text, AfterStop.Release);
    }

    /// <summary>What it had goes to the one that it has gone for, until that has all it needs.</summary>
    private void HandOn(OwnSlot own, Resources had)
    {
        if (own.GivesWayTo is { } slot && _own.TryGetValue(slot, out var next) && next.Phase == OwnPhase.Holding && next.Victims.Contains(own.Slot))
        {
            _reserved[slot] = _reserved.GetValueOrDefault(slot) + had;
            Free -= had;
        }
    }

    /// <summary>For a person: what of lower priority would go for it here; empty: nothing of lower priority is here.</summary>
    private string TextOfVictims(Intent intent)
    {
        if (intent.Spec is not { Mode: not WorkloadMode.Everywhere } spec || spec.Priority <= _leastPriority || InTheWay(intent) is not null
            || Filter.Check(intent, Describe()).Cause is not (HindranceCause.Resources or HindranceCause.DevicesTaken))
        {
            return "";
        }

        List<OwnSlot> lower = [.. _own.Values.Where(o => o.Phase == OwnPhase.Holding && PriorityOf(o.Slot.Workload) < spec.Priority)];
        if (lower.Count == 0)
        {
            return "; nothing of lower priority is here that could give way";
        }

        var victims = Preemption.Choose(spec, Free, Tenants(new OwnSlot(new(intent.Workload, -1)), spec));
        return victims.IsNone
            ? $"; what is here of lower priority ({string.Join(", ", lower.Take(3).Select(o => o.Slot))}{(lower.Count > 3 ? " …" : "")}) would not make room, or may not go (pinned, on trial, or as many down as maxUnavailable allows)"
            : $"; {string.Join(", ", victims.Slots.Select(v => $"{v} (priority {PriorityOf(v.Workload)})"))} would give way to it (priority {spec.Priority})";
    }
}
