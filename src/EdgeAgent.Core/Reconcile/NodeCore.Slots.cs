using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What to do about a slot, given everything known: level-triggered, so looking twice has no further effect.</summary>
public sealed partial class NodeCore
{
    private void Look(SlotId slot)
    {
        ForgetWake(slot);
        if (_isOpen && _own.TryGetValue(slot, out var mine))
        {
            AnswerUnknown(mine);
        }

        if (_own.GetValueOrDefault(slot) is { GivesWayTo: { } newcomer, Phase: not OwnPhase.Holding })
        {
            _toLookAt.Add(newcomer);
        }

        if (!_intents.TryGetValue(slot.Workload, out var known))
        {
            return;
        }

        var own = Own(slot);
        if (own is { Unknown: not null, Word: null })
        {
            // Another under this name may run it, inside its lease: its claim is not cleared before, whatever becomes of the workload, or the next one would be begun beside it.
            return;
        }

        if (!IsWanted(slot, known.Intent))
        {
            LetGo(own, known.Intent);
            return;
        }

        if (own.Bucket != Bucket.Of(slot, settings.Node, IsEverywhere(known.Intent)))
        {
            LeaveBucket(own, known.Intent);
        }

        switch (own.Phase)
        {
            case OwnPhase.Holding:
                Hold(own, known);
                break;
            case OwnPhase.Bidding when own.Word!.Incarnation != known.Intent.Incarnation || own.Word.RunId != known.Intent.RunId:
                Withdraw(own, "the workload was changed before the bid was decided");
                break;
            case OwnPhase.Bidding:
                Decide(own, known.Intent);
                break;
            case OwnPhase.Idle or OwnPhase.Waiting:
                Compete(own, known);
                break;
        }
    }

    private static bool IsWanted(SlotId slot, Intent intent) => intent.Spec is { } spec
        && slot.Index < (spec.Mode == WorkloadMode.Everywhere ? 1 : spec.Replicas);

    private void LetGo(OwnSlot own, Intent intent)
    {
        var why = intent.IsTombstone ? "the workload was deleted" : "the workload was scaled down";
        switch (own.Phase)
        {
            case OwnPhase.Holding:
                Stop(own, why, AfterStop.Release);
                return;
            case OwnPhase.Stopping:
                (own.AfterStop, own.StopReason) = (own.AfterStop == AfterStop.Nothing ? AfterStop.Nothing : AfterStop.Release, why);
                return;
            case OwnPhase.Bidding:
                GiveBack(own.Slot);
                ForgetVictims(own);
                LookAtHindered();
                break;
        }

        own.Enter(OwnPhase.Idle, _parts);
        Clear(own);
        if (intent.IsTombstone && _isOpen)
        {
            _own.Remove(own.Slot);
            _parts.Remove(own.Slot);
            _claims.Remove(own.Slot);
            if (_extra.Remove(own.Slot))
            {
                _toReadAgain.Remove(own.Slot);
                _effects.Add(new UnfollowSlot(own.Slot));
            }
        }
    }

    /// <summary>It was work of every node and is placed now, or the other way round: others look for its claims elsewhere, and this one begins anew.</summary>
    private void LeaveBucket(OwnSlot own, Intent intent)
    {
        switch (own.Phase)
        {
            case OwnPhase.Holding:
                Stop(own, "the workload's mode has changed", AfterStop.Release);
                break;
            case OwnPhase.Bidding:
                Withdraw(own, "the workload's mode has changed");
                break;
            case OwnPhase.Idle or OwnPhase.Waiting when own.Word is null || _isOpen:
                Clear(own);
                own.Enter(OwnPhase.Idle, _parts);
                own.Bucket = Bucket.Of(own.Slot, settings.Node, IsEverywhere(intent));
                break;
        }
    }

    /// <summary>The tombstone's or the intent's epoch floor keeps the next epoch above what is cleared.</summary>
    private void Clear(OwnSlot own)
    {
        // Also a word that this node doesn't know any more: a store that was set back has it again.
        if (_isOpen && (own.Word is not null || _claims[own.Slot].Of(settings.Node) is not null))
        {
            (own.Word, own.Unknown) = (null, null);
            _claims.Forget(own.Slot, settings.Node);
            _effects.Add(new ClearClaim(own.Slot, own.Bucket));
        }
    }

    /// <summary>A greater claim that is `held` or better stops this one; a mere bid stops nobody, and is answered (traces.md, 31).</summary>
    private void Hold(OwnSlot own, KnownIntent known)
    {
        var (intent, isBeside) = (known.Intent, false);
        var spec = intent.Spec!;
        if (own.Word!.IsExclusive && own.IsStartDue)
        {
            Disown(own);
            return;
        }

        if (own.Word.IsExclusive && !_lease.IsGood(_now) && !Mutation.LapsedLeaseRevived)
        {
            Stop(own, "exclusive work is not taken up again without the lease that it was started under", AfterStop.Release);
            return;
        }

        if (own.Word.Incarnation != intent.Incarnation)
        {
            Stop(own, "the workload was deleted and made again", AfterStop.Release);
            return;
        }

        if (spec.Mode != WorkloadMode.Everywhere)
        {
            if (Overruler(own, intent) is { } holder)
            {
                isBeside = GoesOnBeside(own, holder);
                if (!isBeside)
                {
                    Stop(own, TextOfOverruler(holder), AfterStop.Release);
                    return;
                }
            }

            TakeBackWhenDue(own, known);

            if (Mutation.MereBidStopsTheHolder && _claims[own.Slot].Greatest(intent.Incarnation, intent.RunId)?.Claim is { Phase: ClaimPhase.Bid } rival && IsGreater(rival, own, intent))
            {
                Stop(own, $"{rival.Node} bids for it", AfterStop.Release);
                return;
            }

            if (_claims[own.Slot].Greatest(intent.Incarnation, intent.RunId)?.Claim is { Phase: ClaimPhase.Bid } bid && IsGreater(bid, own, intent)
                && own.Answered != (bid.Node, bid.Order) && _isOpen)
            {
                own.Answered = (bid.Node, bid.Order);
                _effects.Add(new SayPresence());
                Say(own, own.Word.Phase, isKept: false, own.Word.Reason);
            }
        }

        if (!own.Victims.IsNone)
        {
            MakeRoom(own, intent);
            return;
        }

        own.Launched = own.Word.RunId == intent.RunId ? spec : own.Launched;
        if (own.IsStartDue)
        {
            StartWhenHeard(own, intent);
        }
        else if (isBeside || GiveWayWhenDue(own, intent) || LeaveWhenDue(own, intent))
        {
            // Another is about to run it, or it is on its way out.
        }
        else if (!IsCurrent(own.Word, intent) && !IsHeldBack(own.Word, intent))
        {
            Update(own, intent);
        }
        else if (!own.IsReady)
        {
            GiveUpWhenStuck(own, spec);
        }
        else
        {
            EndTrialWhenDue(own, intent);
        }

        if (own.Phase == OwnPhase.Holding && own.HasProcess)
        {
            CheckWhenDue(own);
        }
    }

    /// <summary>Whose claim ends this one. A bid, or one given up, at a greater epoch must not hide who holds it.</summary>
    private Claim? Overruler(OwnSlot own, Intent intent) =>
        _claims[own.Slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim is { } holder && IsGreater(holder, own, intent) && !Mutation.GreaterClaimIgnored
            && (holder.IsStarted || IsHiddenBy(holder, own) || (ClaimOrder.Succeeded(holder, intent.RunId) && !Mutation.SucceededDoesNotAbsorb)) ? holder : null;

    private static string TextOfOverruler(Claim holder) => $"{holder.Node} {(holder.IsHolding ? "holds" : "held")} it at epoch {holder.Epoch}";

    /// <summary>A store that was set back gave exclusive work an epoch below one that had been held before: nobody counts it, and who does next may start it.</summary>
    private static bool IsHiddenBy(Claim held, OwnSlot own) => own.Word!.IsExclusive && held.Epoch > own.Word.Epoch;

    private bool IsGreater(Claim claim, OwnSlot own, Intent intent) => claim.Node != settings.Node && ClaimOrder.Compare(claim, own.Word!, intent.RunId) > 0;

    /// <summary>Held before this agent began, and nothing runs: started when others have been heard, or nobody can be for the window.</summary>
    private void StartWhenHeard(OwnSlot own, Intent intent)
    {
        var spec = intent.Spec!;
        var isHeard = _members.BarrierAt is not null && (IsRead(own.Slot) || spec.Mode == WorkloadMode.Everywhere);
        if (!isHeard && (_isConnected || _now < own.SinceStart + settings.Window))
        {
            LookAgainAt(own.Slot, _isConnected ? null : own.SinceStart + settings.Window);
            return;
        }

        if (own.Word!.RunId == intent.RunId)
        {
            Start(own, spec);
        }
        else
        {
            // Also where a change is paused: what ran before may be known no more.
            Update(own, intent);
        }
    }

    private void GiveUpWhenStuck(OwnSlot own, WorkloadSpec spec)
    {
        if (_now >= own.ProgressSince + spec.ProgressDeadline)
        {
            var what = own.HasProcess ? "was not ready" : "did not start";
            var reason = $"it {what} within {spec.ProgressDeadline.TotalSeconds:0} s (progressDeadline){(own.Checks.LastWord.Length > 0 ? $": {own.Checks.LastWord}" : "")}";
            if (!Reject(own, reason))
            {
                Stop(own, reason, AfterStop.Fail);
            }

            return;
        }

        LookAgainAt(own.Slot, own.ProgressSince + spec.ProgressDeadline);
    }
}
