using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What to do about a slot, given everything known: level-triggered, so looking twice has no further effect.</summary>
public sealed partial class NodeCore
{
    /// <summary>Who has its share waits so many windows more: a busy machine can make another node tens of milliseconds late (docs/adr/0001).</summary>
    private const int WindowsBeyondShare = 3;

    private void Look(SlotId slot)
    {
        _wakes.Remove(slot);
        if (_isOpen && _own.TryGetValue(slot, out var mine))
        {
            AnswerUnknown(mine);
        }

        if (!_intents.TryGetValue(slot.Workload, out var known))
        {
            return;
        }

        var own = Own(slot);
        if (!IsWanted(slot, known.Intent))
        {
            LetGo(own, known.Intent);
            return;
        }

        switch (own.Phase)
        {
            case OwnPhase.Holding:
                Hold(own, known.Intent);
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
                LookAtWaiting();
                break;
        }

        own.Phase = OwnPhase.Idle;
        Clear(own);
        if (intent.IsTombstone && _isOpen)
        {
            _own.Remove(own.Slot);
            _claims.Remove(own.Slot);
            if (_extra.Remove(own.Slot))
            {
                _effects.Add(new UnfollowSlot(own.Slot));
            }
        }
    }

    /// <summary>The tombstone's or the intent's epoch floor keeps the next epoch above what is cleared.</summary>
    private void Clear(OwnSlot own)
    {
        if (own.Word is not null && _isOpen)
        {
            own.Word = null;
            _effects.Add(new ClearClaim(own.Slot, own.Bucket));
        }
    }

    /// <summary>A greater claim that is `held` or better stops this one; a mere bid stops nobody, and is answered (traces.md, 31).</summary>
    private void Hold(OwnSlot own, Intent intent)
    {
        var spec = intent.Spec!;
        if (own.Word!.IsExclusive && (own.IsStartDue || !_lease.IsGood(_now)))
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
            // A bid, or one given up, at a greater epoch must not hide who holds it.
            if (_claims[own.Slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim is { } holder && IsGreater(holder, own, intent)
                && (holder.IsStarted || ClaimOrder.Succeeded(holder, intent.RunId)))
            {
                Stop(own, $"{holder.Node} holds it at epoch {holder.Epoch}", AfterStop.Release);
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

        own.Launched = own.Word.RunId == intent.RunId ? spec : own.Launched;
        if (own.IsStartDue)
        {
            StartWhenHeard(own, spec);
        }
        else if (own.Word.Generation != intent.Generation)
        {
            Update(own, intent);
        }
        else if (!own.IsReady)
        {
            GiveUpWhenStuck(own, spec);
        }

        if (own.Phase == OwnPhase.Holding && own.HasProcess)
        {
            CheckWhenDue(own);
        }
    }

    private bool IsGreater(Claim claim, OwnSlot own, Intent intent) => claim.Node != settings.Node && ClaimOrder.Compare(claim, own.Word!, intent.RunId) > 0;

    /// <summary>Held before this agent began, and nothing runs: started when others have been heard, or nobody can be for the window.</summary>
    private void StartWhenHeard(OwnSlot own, WorkloadSpec spec)
    {
        var isHeard = _members.BarrierAt is not null && (IsRead(own.Slot) || spec.Mode == WorkloadMode.Everywhere);
        if (!isHeard && (_isConnected || _now < own.SinceStart + settings.Window))
        {
            LookAgainAt(own.Slot, _isConnected ? null : own.SinceStart + settings.Window);
            return;
        }

        Start(own, spec);
    }

    private void GiveUpWhenStuck(OwnSlot own, WorkloadSpec spec)
    {
        if (_now >= own.ProgressSince + spec.ProgressDeadline)
        {
            var what = own.HasProcess ? "was not ready" : "did not start";
            Stop(own, $"it {what} within {spec.ProgressDeadline.TotalSeconds:0} s (progressDeadline){(own.Checks.LastWord.Length > 0 ? $": {own.Checks.LastWord}" : "")}", AfterStop.Fail);
            return;
        }

        LookAgainAt(own.Slot, own.ProgressSince + spec.ProgressDeadline);
    }

    private void Decide(OwnSlot own, Intent intent)
    {
        var isExclusive = intent.Spec!.IsExclusive;
        var outcome = Ballot.Decide(own.Word!, _claims[own.Slot], intent, isExclusive ? _ => false : IsVoid);
        outcome = isExclusive ? Confirm(own, outcome) : outcome == BallotOutcome.Hold && MayBeHeldUnheard(own) ? BallotOutcome.Withdraw : outcome;
        if (outcome == BallotOutcome.Hold && own.Predecessor is { } predecessor)
        {
            // The slot had a holder, absent so far: if it is heard now, it keeps the slot.
            if (!isExclusive && _members.StandingOf(predecessor, _now) is PeerStanding.Present && _claims[own.Slot].Of(predecessor) is { IsStarted: true })
            {
                outcome = BallotOutcome.Withdraw;
            }
            else if (_now < own.NotBefore)
            {
                LookAgainAt(own.Slot, own.NotBefore);
                return;
            }
        }

        switch (outcome)
        {
            case BallotOutcome.Hold:
                own.Phase = OwnPhase.Holding;
                Say(own, ClaimPhase.Held, isKept: true);
                Start(own, intent.Spec!);
                LookAtWaiting();
                break;
            case BallotOutcome.Withdraw:
                Withdraw(own, "another node's bid or claim is greater, or may be");
                break;
            case BallotOutcome.Wait when !isExclusive && _now >= own.BidAt + settings.Window && _claims[own.Slot].Of(settings.Node)?.Order != own.Word!.Order:
                Withdraw(own, "its bid did not come back from the broker");
                break;
            case BallotOutcome.Wait:
                // A worse bid that is never decided is void after R, and so is an own one of which no copy comes back.
                LookAgainAt(own.Slot, own.BidAt + settings.Window > _now ? own.BidAt + settings.Window : _now + settings.Window);
                break;
        }
    }

    /// <summary>A bid of one who is gone, or that has been open for R, is no longer waited for.</summary>
    private bool IsVoid(SlotClaims.Heard bid) =>
        _now - bid.At >= settings.Window || _members.StandingOf(bid.Claim.Node, _now) == PeerStanding.Absent;

    /// <summary>A rival that vanished undecided may hold this very epoch, which must not be given twice: the next bid is above it.</summary>
    private bool MayBeHeldUnheard(OwnSlot own) =>
        _claims[own.Slot].OthersAt(own.Word!.Epoch, settings.Node, own.Word.Incarnation).Any(h => h.Claim.Phase == ClaimPhase.Bid);

    private void Compete(OwnSlot own, KnownIntent known)
    {
        var intent = known.Intent;
        if (own.Word is { } word && word.Incarnation != intent.Incarnation)
        {
            Clear(own);
        }

        var isEverywhere = intent.Spec!.Mode == WorkloadMode.Everywhere;
        if (intent.Spec.IsExclusive)
        {
            WatchTheGone(own, known);
        }

        var vacancy = VacancyOf(own.Slot, known);
        own.IsHindered = vacancy.IsVacant;
        if (!vacancy.IsVacant || WhyNot(intent).Length > 0)
        {
            own.Phase = OwnPhase.Idle;
            LookAgainAt(own.Slot, vacancy.RetryAt);
            CallOrLeave(own, intent, vacancy.IsVacant && !isEverywhere);
            return;
        }

        if (own.Phase == OwnPhase.Idle)
        {
            (own.Phase, own.WaitsSince) = (OwnPhase.Waiting, _now);
        }

        // Scored at each look: what this node has bid for meanwhile counts.
        var (here, present) = (CountHere(own.Slot.Workload), _members.CountPresent(_now));
        var score = Score.Of(intent.Spec, Describe(), here, present);
        var patience = Score.IsBeyondShare(intent.Spec, here, present) ? _raceWindow * WindowsBeyondShare : TimeSpan.Zero;

        // Who is alone races nobody; should another come in this moment, the echoes decide as ever (docs/adr/0008).
        var isAlone = _members.IsAlone(_now);
        var due = Later(isEverywhere || isAlone ? _now : own.WaitsSince + Wait(own.Slot, score) + patience, own.NotBefore);
        if (_now < due)
        {
            LookAgainAt(own.Slot, due);
        }
        else if (isEverywhere || _own.Values.Count(o => o.Phase == OwnPhase.Bidding) < settings.OpenBidsMax)
        {
            Bid(own, intent, score, isEverywhere);
        }
    }

    /// <summary>Whether this slot may be bid for by this node now, and why not.</summary>
    private Vacancy VacancyOf(SlotId slot, KnownIntent known)
    {
        var isEverywhere = known.Intent.Spec!.Mode == WorkloadMode.Everywhere;
        if (!isEverywhere && _members.BarrierAt is not null && !IsFollowed(slot))
        {
            return new(false, null, "other nodes look after it: this one is not of its cohort (edgectl why asks them too)");
        }

        if (!_isOpen || (!isEverywhere && !IsRead(slot)))
        {
            return new(false, null, "not connected, or still reading what the broker keeps");
        }

        if (known.Intent.Spec.IsExclusive)
        {
            return VacancyOfExclusive(slot, known);
        }

        if (!isEverywhere)
        {
            return Vacancy.Of(known.Intent, known.IsLive, _claims[slot], _members, settings.Window, _now, settings.Node);
        }

        return _members.BarrierAt is null
            ? new(false, null, "not connected, or still reading what the broker keeps")
            : new(true, null, "it runs on every node that can run it");
    }

    private void Bid(OwnSlot own, Intent intent, int score, bool isEverywhere)
    {
        var claims = _claims[own.Slot];
        var greatest = (claims.GreatestHeld(intent.Incarnation, intent.RunId) ?? claims.Greatest(intent.Incarnation, intent.RunId))?.Claim;
        var highest = isEverywhere ? Epoch.None : claims.HighestEpoch;
        highest = Epoch.Max(highest, Epoch.Max(new(intent.EpochFloor), own.Word?.Epoch ?? Epoch.None));
        own.Word = new Claim
        {
            Slot = own.Slot,
            Node = settings.Node,
            Incarnation = intent.Incarnation,
            Generation = intent.Generation,
            RunId = intent.RunId,
            Epoch = highest.Next,
            Phase = ClaimPhase.Bid,
            Score = score,
            Order = new(_session, _rev),
            Instance = settings.Instance,
            Mode = intent.Spec!.Partition,
            StopTimeout = intent.Spec.Stop.Timeout,
            Lease = intent.Spec.IsExclusive ? intent.Spec.Lease : TimeSpan.Zero,
            Attempts = greatest?.RunId == intent.RunId ? greatest.Attempts : 0,
        };
        Reserve(own.Slot);
        (own.IsKept, own.Bucket, own.Calls) = (false, Bucket.Of(own.Slot, settings.Node, isEverywhere), null);
        own.Predecessor = greatest is { IsStarted: true } && greatest.Node != settings.Node ? greatest.Node : null;
        own.NotBefore = own.Predecessor is null ? _now : _now + _raceWindow;
        (own.BidAt, own.IsReadBack, own.Replaces) = (_now, false, [.. own.Watches.Keys]);
        if (own.Word.IsExclusive)
        {
            _leased.Add(own.Slot);
        }

        if (!isEverywhere)
        {
            own.Phase = OwnPhase.Bidding;
            Say(own, ClaimPhase.Bid, isKept: false);
            return;
        }

        own.Phase = OwnPhase.Holding;
        Say(own, ClaimPhase.Held, isKept: true);
        Start(own, intent.Spec);
    }

    private void Withdraw(OwnSlot own, string reason)
    {
        GiveBack(own.Slot);
        own.Phase = OwnPhase.Idle;
        Say(own, ClaimPhase.Withdrawn, isKept: false, reason);
        _toLookAt.Add(own.Slot);
        LookAtWaiting();
    }

    /// <summary>A bid was decided: those that waited for one fewer to be open may go on.</summary>
    private void LookAtWaiting()
    {
        foreach (var own in _own.Values)
        {
            if (own.Phase == OwnPhase.Waiting || (own.Phase == OwnPhase.Idle && own.IsHindered))
            {
                _toLookAt.Add(own.Slot);
            }
        }
    }

    private TimeSpan Wait(SlotId slot, int score)
    {
        var jitter = Part(StableHash.Of(slot, settings.Node)) / 4;
        return _raceWindow * (((Score.Max - score) / (double)Score.Max) + jitter);
    }

    private int CountHere(WorkloadName workload) =>
        _own.Values.Count(o => o.Slot.Workload == workload && o.Phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping);
}
