using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Work comes to where it fits clearly better, when a node has joined or has room again (docs/adr/0029): who would take it says so to the holder, and the holder hands one slot over at a
/// time. A slot's score rises by <see cref="BetterBy"/> with each such move, so none goes to and fro.
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Of <see cref="Score.Max"/>: what one replica of the same workload weighs, or a tenth of a node's room.</summary>
    public const int BetterBy = 20_000;

    /// <summary>A node wishes for work when its view has been settled so many times R: one that comes and goes moves nothing.</summary>
    private const int WindowsUntilSteady = 6;

    /// <summary>A node wishes, and a holder offers, at most once in so many times R.</summary>
    private const int WindowsBetweenMoves = 3;

    /// <summary>A wish that came to nothing is made again after so many times R, and so often.</summary>
    private const int WindowsBetweenWishes = 60;

    public const int WishesMax = 3;

    /// <summary>When this node looks next for what would fit better here; null: nothing has changed since it looked.</summary>
    private TimeSpan? _wishAt;

    private TimeSpan _offersNotBefore;

    /// <summary>Others have a say in where it runs, it may run twice for a moment, and many nodes are as good as one.</summary>
    private static bool MayMove(WorkloadSpec spec) => spec is { Mode: WorkloadMode.Replicated, Partition: PartitionPolicy.Failover, Policy: PlacementPolicy.Spread, StaysPut: false };

    private void WishSoon() => _wishAt ??= _members.BarrierAt is null ? null : _now + (settings.Window * WindowsBetweenMoves * (1 + Part(StableHash.Of(settings.Node.Value))));

    private void WishWhenDue()
    {
        if (_wishAt is not { } at || _now < at)
        {
            return;
        }

        _wishAt = null;
        if (!_isOpen || _members.BarrierAt is not { } barrier || _duty.IsCordoned || _duty.Drain != DrainScope.None)
        {
            return;
        }

        if (_now < barrier + (settings.Window * WindowsUntilSteady) || _parts.Bidding > 0 || _parts.Waiting.Count > 0)
        {
            WishSoon();
            return;
        }

        LowerWhatWasTold();
        if (BestWish(out var again) is not { } best)
        {
            _wishAt = again;
            return;
        }

        var (own, claim, score) = best;
        own.Wish = new(claim.Epoch, score, own.Wish is { } last && last.Epoch == claim.Epoch && score < last.Score + BetterBy ? last.Times + 1 : 1, _now);
        _effects.Add(new WishFor(claim.Node, own.Slot, claim.Epoch, score));
        WishSoon();
    }

    /// <summary>The slot that would gain most by coming here; else when one may be wished for again.</summary>
    private (OwnSlot Own, Claim Claim, int Score)? BestWish(out TimeSpan? again)
    {
        again = null;
        (OwnSlot Own, Claim Claim, int Score)? best = null;
        var (self, present, gain) = (Describe(), _members.CountPresent(), BetterBy);
        foreach (var own in _own.Values)
        {
            if (own.Phase != OwnPhase.Idle || IntentOf(own.Slot.Workload) is not { Spec: { } spec } intent || !MayMove(spec) || !IsWanted(own.Slot, intent) || !IsRead(own.Slot)
                || _claims[own.Slot].Standing(intent.Incarnation, intent.RunId)?.Claim is not { Phase: ClaimPhase.Running, IsLeaving: false } claim || claim.Node == settings.Node)
            {
                continue;
            }

            var score = Score.Of(spec, self, _parts.Of(own.Slot.Workload).Count, present);
            var more = score - Math.Max(claim.Score, claim.OfferedAbove - BetterBy);
            if (more < gain || claim.Generation != intent.Generation || _members.StandingOf(claim.Node, _now) != PeerStanding.Present || !IsHome(own.Slot, spec) || !CouldTake(own, intent))
            {
                continue;
            }

            if (own.Wish is { } wish && wish.Epoch == claim.Epoch && score < wish.Score + BetterBy && (wish.Times >= WishesMax || _now < AgainAt(wish)))
            {
                again = wish.Times < WishesMax ? Earlier(again, AgainAt(wish)) : again;
                continue;
            }

            (best, gain) = ((own, claim, score), more);
        }

        return best;
    }

    private TimeSpan AgainAt(Wish wish) => wish.At + (settings.Window * WindowsBetweenWishes);

    private void Take(WishedFor e)
    {
        if (_own.TryGetValue(e.Slot, out var own) && own is { Phase: OwnPhase.Holding, Word: { Phase: ClaimPhase.Running } word } && word.Epoch == e.Epoch && e.Score is > 0 and <= Score.Max && e.Asker != settings.Node
            && _members.StandingOf(e.Asker, _now) == PeerStanding.Present)
        {
            own.WishedFor = (e.Asker, e.Score, _now + (settings.Window * (WindowsBetweenMoves + 1)));
            _toLookAt.Add(e.Slot);
        }
    }

    /// <summary>Announce, echo, count, as with any change (traces.md, 22): of a workload no more are on their way at once than may be down.</summary>
    private void OfferWhenDue(OwnSlot own, Intent intent)
    {
        if (own.OfferedUntil is { } until)
        {
            var isEcho = _claims[own.Slot].Of(settings.Node) is { IsLeaving: true } echo && echo.Order == own.Word!.Order;
            if (_now >= until || !_isOpen || !MayMove(intent.Spec!) || !IsCurrent(own.Word!, intent) || (isEcho && CountMoving(own, intent) >= intent.Spec!.MaxUnavailable))
            {
                own.OfferedUntil = null;
            }
            else
            {
                LookAgainAt(own.Slot, until);
            }

            return;
        }

        if (own.WishedFor is not { } wish)
        {
            return;
        }

        if (_now < _offersNotBefore && _now < wish.Until && MayMove(intent.Spec!))
        {
            LookAgainAt(own.Slot, Earlier(_offersNotBefore, wish.Until));
            return;
        }

        own.WishedFor = null;
        if (_now < wish.Until && MayMove(intent.Spec!) && MayOffer(own, intent))
        {
            Offer(own, intent, wish);
        }
    }

    private bool MayOffer(OwnSlot own, Intent intent) =>
        _isOpen && own.IsReady && own.Word is { Phase: ClaimPhase.Running, IsOnTrial: false } && IsCurrent(own.Word, intent) && _members.IsSettled(_now)
            && DepartureOf(own, intent) == Departure.Stays && !IsHeldElsewhere(own, intent) && CountMoving(own, intent) < intent.Spec!.MaxUnavailable;

    /// <summary>Who would not score enough is told what is enough, and so are all others.</summary>
    private void Offer(OwnSlot own, Intent intent, (NodeId Asker, int Score, TimeSpan Until) wish)
    {
        own.LeastScore = LeastFor(own, intent.Spec!);
        if (wish.Score < own.LeastScore)
        {
            return;
        }

        own.OfferedUntil = _now + settings.Window + (LongestRace(intent.Spec) * 2);
        _offersNotBefore = _now + (settings.Window * WindowsBetweenMoves);
        LookAgainAt(own.Slot, own.OfferedUntil);
        _effects.Add(new Tell("Offered", own.Slot.ToString(), "Rebalancing", $"{own.Slot} would score {wish.Score} on {wish.Asker}, which has more room or fewer of it, and {own.LeastScore - BetterBy} here: it goes on here until one with {own.LeastScore} or more runs it", IsEvent: true) { IsRoutine = true });
    }

    /// <summary>What a slot would score here if it were placed now, and the margin.</summary>
    private int LeastFor(OwnSlot own, WorkloadSpec spec) =>
        Score.Of(spec, Describe() with { Free = Free + _reserved.GetValueOrDefault(own.Slot) }, _parts.Of(own.Slot.Workload).Count - 1, _members.CountPresent()) + BetterBy;

    /// <summary>What others were told is too much now: there is less room here, or more of the workload.</summary>
    private void LowerWhatWasTold()
    {
        foreach (var slot in _reserved.Keys)
        {
            if (_own.GetValueOrDefault(slot) is { Phase: OwnPhase.Holding, LeastScore: > 0, OfferedUntil: null } own && IntentOf(slot.Workload) is { Spec: { } spec } && MayMove(spec)
                && LeastFor(own, spec) is var least && least <= own.LeastScore - BetterBy)
            {
                own.LeastScore = least;
                _toLookAt.Add(slot);
            }
        }
    }

    /// <summary>Of the slots that are followed here: in a cell of several cohorts so many of each (reading all of a great workload for a move would cost more than that).</summary>
    private int CountMoving(OwnSlot own, Intent intent) => SlotsOf(intent).Count(s => s != own.Slot && IsRead(s)
        && (IsDown(s, intent) || _claims[s].Standing(intent.Incarnation, intent.RunId)?.Claim is { IsLeaving: true }));

    /// <summary>An offer is for those alone where the slot fits so well.</summary>
    private Vacancy ToWhomItIsOffered(SlotId slot, Intent intent, Vacancy vacancy)
    {
        if (!vacancy.IsVacant || _claims[slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim is not { OfferedAbove: > 0, IsLeaving: true, IsStarted: true } offer || offer.Node == settings.Node
            || _members.StandingOf(offer.Node, _now) is not (PeerStanding.Present or PeerStanding.Draining) || Mutation.OfferTakenByAnyone)
        {
            return vacancy;
        }

        var isBetter = IsHome(slot, intent.Spec!) && CouldTake(Own(slot), intent) && Score.Of(intent.Spec!, Describe(), _parts.Of(slot.Workload).Count, _members.CountPresent()) >= offer.OfferedAbove;
        return isBetter ? vacancy : new(false, null, $"{offer.Node} runs it, and gives it to a node where its score is {offer.OfferedAbove} or more");
    }
}
