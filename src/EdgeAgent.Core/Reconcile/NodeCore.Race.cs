using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The claim race of protocol.md: who may bid, when, and what follows from one's own echo.</summary>
public sealed partial class NodeCore
{
    /// <summary>Who has its share waits so many windows more: a busy machine can make another node tens of milliseconds late (docs/adr/0001).</summary>
    private const int WindowsBeyondShare = 3;

    /// <summary>Who is not of the slot's domain waits longer than one there who has its share.</summary>
    private const int PatienceAbroad = 2;

    /// <summary>The least jitter is such a part of the window.</summary>
    private const int JitterParts = 4;

    /// <summary>Between two candidates of many lie on average so many echoes.</summary>
    private const int EchoesInJitter = 5;

    private const int OpenBidsOfCohort = 32;

    /// <summary>One for the answer's way, and one to spare.</summary>
    private const int EchoesToAnswer = 2;

    /// <summary>Waiting slots whose turn to bid has come.</summary>
    private readonly List<SlotId> _due = [];

    /// <summary>The one of them that is bid for now.</summary>
    private SlotId? _turn;

    /// <summary>Of the echo all waits are multiples: a node that thinks it longer than its neighbours do bids later than its score says.</summary>
    private void Measure(TimeSpan echo) => (_raceWindow, _echo) = (Later(settings.RaceWindow, echo * EchoesInWindow), echo);

    private void Decide(OwnSlot own, Intent intent)
    {
        var isExclusive = intent.Spec!.IsExclusive;
        var outcome = Ballot.Decide(own.Word!, _claims[own.Slot], intent, isExclusive && !Mutation.VanishedRivalIgnored ? _ => false : IsVoid);
        outcome = isExclusive ? Confirm(own, outcome) : outcome == BallotOutcome.Hold && MayBeHeldUnheard(own) && !Mutation.EpochOfAVanishedRivalTaken ? BallotOutcome.Withdraw : outcome;
        if (outcome == BallotOutcome.Hold && own.Predecessor is null && !own.Victims.IsNone && _now < own.NotBefore)
        {
            // Whoever has room, or does less harm, has until then to say so.
            LookAgainAt(own.Slot, own.NotBefore);
            return;
        }

        if (outcome == BallotOutcome.Hold && own.Predecessor is { } predecessor)
        {
            // The slot had a holder, absent so far: if it is heard now, it keeps the slot.
            if (!isExclusive && _members.StandingOf(predecessor, _now) is PeerStanding.Present && _claims[own.Slot].Of(predecessor) is { IsStarted: true, IsLeaving: false })
            {
                outcome = BallotOutcome.Withdraw;
            }
            else if (Later(own.NotBefore, AnswerDueAt(own)) is var due && _now < due)
            {
                LookAgainAt(own.Slot, due);
                return;
            }
        }

        switch (outcome == BallotOutcome.Hold && InTheWay(intent, own.Slot) is not null ? BallotOutcome.Withdraw : outcome)
        {
            case BallotOutcome.Hold when !own.Victims.IsNone && !ChooseAgain(own, intent.Spec):
                Withdraw(own, "the room that it counted on is taken");
                break;
            case BallotOutcome.Hold when !own.Victims.IsNone && !Mutation.StartedBeforeThereIsRoom:
                own.Enter(OwnPhase.Holding, _parts);
                Say(own, ClaimPhase.Held, isKept: true, TextOfRoom(own));
                BeginRoom(own, intent.Spec);
                break;
            case BallotOutcome.Hold:
                own.Enter(OwnPhase.Holding, _parts);
                if (Mutation.ResourcesReservedOnlyAtStart)
                {
                    Reserve(own.Slot);
                    own.Word = own.Word! with { Devices = DevicesOf(own.Slot) };
                }

                Say(own, ClaimPhase.Held, isKept: true);
                Start(own, intent.Spec!);
                LookAtHindered();
                break;
            case BallotOutcome.Withdraw:
                Withdraw(own, Refusal(own)?.Reason ?? TextOfApart(own, intent) ?? "another node's bid or claim is greater, or may be");
                break;
            case BallotOutcome.Wait when !Mutation.LostEchoWaitedForEver && !isExclusive && _now >= own.BidAt + settings.Window && _claims[own.Slot].Of(settings.Node)?.Order != own.Word!.Order:
                Withdraw(own, "its bid did not come back from the broker");
                break;
            case BallotOutcome.Wait:
                // A worse bid that is never decided is void after R, and so is an own one of which no copy comes back.
                LookAgainAt(own.Slot, own.BidAt + settings.Window > _now ? own.BidAt + settings.Window : _now + settings.Window);
                break;
        }
    }

    /// <summary>
    /// Until then a holder that is there has answered the bid: it came to the holder as late as its echo to here, and the answer is on its way as long. A broker that is behind with everything makes
    /// who is silent look gone (docs/adr/0023).
    /// </summary>
    private TimeSpan AnswerDueAt(OwnSlot own)
    {
        var echoAt = _claims[own.Slot].HeardAt(settings.Node) ?? _now;
        return echoAt + ((echoAt - own.BidAt) * EchoesToAnswer);
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
        if ((own.Word ?? _claims[own.Slot].Of(settings.Node)) is { } word && word.Incarnation != intent.Incarnation)
        {
            Clear(own);
        }

        var isEverywhere = intent.Spec!.Mode == WorkloadMode.Everywhere;
        if (intent.Spec.IsExclusive)
        {
            WatchTheGone(own, known);
        }

        AskWhoHolds(own.Slot, intent);
        var vacancy = VacancyOf(own.Slot, known);
        own.IsGivenUpByDrain &= !IsHeldElsewhere(own, intent);
        own.IsPreempted &= !IsHeldElsewhere(own, intent);
        var rival = vacancy.IsVacant ? null : Displacing(own, intent);
        var mayBid = vacancy.IsVacant || rival is not null;
        var harm = 0;
        var fits = mayBid && CouldTake(own, intent);
        var victims = mayBid && !fits ? RoomFor(own, intent, out harm) : SlotSet.None;
        _parts.Looked(own.Slot, vacancy.IsVacant);
        if ((!fits && victims.IsNone) || (rival is not null && !fits && harm <= rival.Score))
        {
            own.Enter(OwnPhase.Idle, _parts);
            LookAgainAt(own.Slot, vacancy.RetryAt);
            if (!isEverywhere)
            {
                CallOrLeave(own, intent, vacancy.IsVacant);
            }

            return;
        }

        if (own.Phase == OwnPhase.Idle)
        {
            own.Enter(OwnPhase.Waiting, _parts);
            own.WaitsSince = _now;
        }

        // Scored at each look: what this node has bid for meanwhile counts.
        var (here, present) = (_parts.Of(own.Slot.Workload).Count, _members.CountPresent());
        var score = fits ? Math.Max(Preemption.ScoreMax + 1, Score.Of(intent.Spec, Describe(), here, present)) : harm;
        var patience = !fits ? LongestRace(intent.Spec) + _raceWindow
            : Patience() * ((Score.IsBeyondShare(intent.Spec, here, present) ? 1 : 0) + (IsHome(own.Slot, intent.Spec) ? 0 : PatienceAbroad));
        var wait = rival is null ? Wait(own.Slot, intent.Spec.Policy, score) + patience : _raceWindow / 2 * ((Score.Max - score) / (double)Score.Max);

        // Who is alone races nobody; should another come in this moment, the echoes decide as ever (docs/adr/0008).
        var isAlone = _members.IsAlone(_now);
        var due = Later(isEverywhere || isAlone ? _now : own.WaitsSince + wait, own.NotBefore);
        if (_now < due)
        {
            own.TurnAt = null;
            LookAgainAt(own.Slot, due);
        }
        else if (isEverywhere || own.Slot == _turn)
        {
            own.Victims = victims;
            Bid(own, intent, score, isEverywhere);
        }
        else if (own.TurnAt is null)
        {
            own.TurnAt = due;
            _due.Add(own.Slot);
        }
    }

    /// <summary>
    /// Of the slots whose turn has come the one whose turn came first is bid for, and then the next, as far as bids may be open: each node has an order of its own, so that
    /// where many wait they don't all bid for the same ones (docs/adr/0013).
    /// </summary>
    private bool TakeTurn()
    {
        _turn = null;
        if (_due.Count == 0 || _parts.Bidding >= OpenBidsMax())
        {
            return false;
        }

        OwnSlot? first = null;
        _due.RemoveAll(s => !_own.TryGetValue(s, out var own) || own is not { TurnAt: not null, Phase: OwnPhase.Waiting });
        foreach (var slot in _due)
        {
            first = first is null || _own[slot].TurnAt < first.TurnAt ? _own[slot] : first;
        }

        if (first is null)
        {
            return false;
        }

        (_turn, first.TurnAt) = (first.Slot, null);
        return _toLookAt.Add(first.Slot);
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
            return ToWhomItIsOffered(slot, known.Intent, WhereItBelongs(slot, known.Intent, Vacancy.Of(known.Intent, known.IsLive, _claims[slot], _members, settings.Window, _now, settings.Node)));
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
            IsOnTrial = !isEverywhere && BeginsTrial(greatest, intent),
            Rejected = intent.Rejected,
            Displaces = own.Victims,
        };
        own.IsPreempted = false;
        if (Mutation.PreemptedBeforeHeld)
        {
            MarkVictims(own);
            _toLookAt.UnionWith(own.Victims.Slots);
        }

        if (!Mutation.ResourcesReservedOnlyAtStart || isEverywhere)
        {
            if (own.Victims.IsNone)
            {
                Reserve(own.Slot);
                own.Word = own.Word with { Devices = DevicesOf(own.Slot) };
            }
            else
            {
                ReserveBeside(own, intent.Spec);
            }
        }

        (own.IsKept, own.Bucket, own.Calls) = (false, Bucket.Of(own.Slot, settings.Node, isEverywhere), null);
        (own.IsOffered, own.IsGoingDown, own.TakeBackAt, own.LeastScore, own.OfferedUntil, own.WishedFor) = (false, false, null, 0, null, null);
        (own.StaysUnder, own.IsGivenUpByDrain) = (own.IsGivenUpByDrain ? _duty.Order : -1, false);
        own.Predecessor = greatest is { IsStarted: true } && greatest.Node != settings.Node ? greatest.Node : Displacing(own, intent)?.Node;
        own.NotBefore = own.Predecessor is null && own.Victims.IsNone ? _now : _now + _raceWindow;
        (own.BidAt, own.IsReadBack, own.Replaces) = (_now, false, [.. own.Watches]);
        if (own.Word.IsExclusive)
        {
            _leased.Add(own.Slot);
        }

        if (!isEverywhere)
        {
            own.Enter(OwnPhase.Bidding, _parts);
            own.Grants.Clear();
            Say(own, ClaimPhase.Bid, isKept: false);
            AskVoters(own);
            LookAtWaiting();

            // Nothing else may happen to the slot, not even the echo.
            LookAgainAt(own.Slot, own.BidAt + settings.Window);
            _ = Mutation.NoEchoWait && _toLookAt.Add(own.Slot);
            return;
        }

        own.Enter(OwnPhase.Holding, _parts);
        Say(own, ClaimPhase.Held, isKept: true);
        Start(own, intent.Spec);
    }

    private void Withdraw(OwnSlot own, string reason)
    {
        GiveBack(own.Slot);
        ForgetVictims(own);
        var had = _parts.Of(own.Slot.Workload).Count;
        own.Enter(OwnPhase.Idle, _parts);
        Say(own, ClaimPhase.Withdrawn, isKept: false, reason);
        AskVoters(own);
        _toLookAt.Add(own.Slot);
        LookAtHindered();
        LookAtPatient(own.Slot.Workload, had);
    }

    /// <summary>Bids count as its share, and a node that had it by bids that are lost now needs patience no longer: else another that is beyond its own share would be as soon.</summary>
    private void LookAtPatient(WorkloadName workload, int had)
    {
        if (IntentOf(workload)?.Spec is not { } spec || !Score.IsBeyondShare(spec, had, _members.CountPresent()) || Score.IsBeyondShare(spec, had - 1, _members.CountPresent()))
        {
            return;
        }

        foreach (var slot in _parts.AllOf(workload))
        {
            if (_own[slot].Phase == OwnPhase.Waiting)
            {
                _toLookAt.Add(slot);
            }
        }
    }

    /// <summary>A bid was decided, or room came free: those that had none may go on. Those whose turn has come are taken after this anyway.</summary>
    private void LookAtHindered()
    {
        LookAtOutgrown();
        foreach (var slot in _parts.Vacant)
        {
            if (PhaseOf(slot) == OwnPhase.Idle)
            {
                _toLookAt.Add(slot);
            }
        }

        LookAtWaiting();
    }

    /// <summary>What is free here has changed, and with it how well what waits fits: by `pack` and `fragmentation` often better, and a better score is bid for earlier (docs/adr/0023).</summary>
    private void LookAtWaiting()
    {
        foreach (var slot in _parts.Waiting)
        {
            if (IntentOf(slot.Workload) is { Spec.Policy: not PlacementPolicy.Spread })
            {
                _toLookAt.Add(slot);
            }
        }
    }

    /// <summary>
    /// Spread has many nodes of nearly the same score, and any of them will do: chance parts them. Of the other policies the score itself does, over the same time (docs/adr/0021).
    /// </summary>
    private TimeSpan Wait(SlotId slot, PlacementPolicy policy, int score)
    {
        var (worse, chance) = ((Score.Max - score) / (double)Score.Max, Part(StableHash.Of(slot, settings.Node)));
        return policy == PlacementPolicy.Spread ? (_raceWindow * worse) + (Jitter() * chance) : (Later(_raceWindow, Jitter()) * worse) + (_echo * chance);
    }

    /// <summary>
    /// Over so long candidates of the same score are spread: with more of them it is wider, so that the first has been heard before the second would bid, and the first
    /// of many comes early in it all the same (docs/adr/0011).
    /// </summary>
    private TimeSpan Jitter() => Later(_raceWindow / JitterParts, _echo * (EchoesInJitter * _members.Cohorts.Candidates));

    /// <summary>
    /// The candidates of a slot share so many open bids. With more of them the broker is behind, nobody hears a bid before the next is made, and a placement of many gets
    /// slower and costs more (docs/adr/0013).
    /// </summary>
    private int OpenBidsMax() => Math.Clamp(OpenBidsOfCohort / _members.Cohorts.Candidates, 1, settings.OpenBidsMax);

    /// <summary>Who has its share, or is not of the slot's domain, waits so much longer than the others.</summary>
    private TimeSpan Patience() => (_raceWindow * WindowsBeyondShare) + Jitter();

    /// <summary>The longest that any of the candidates waits before it bids.</summary>
    private TimeSpan LongestRace(WorkloadSpec? spec) => _raceWindow + Jitter() + (Patience() * (1 + (spec?.Spread is { IsHard: false } ? PatienceAbroad : 0)));
}
