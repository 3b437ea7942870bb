using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Work that is to leave this node: the node is drained, or has a taint that the work doesn't bear. What may run twice for a moment is handed over: the old one ends when
/// the new one runs. Other work goes down first, and takes a permit for it (docs/adr/0018).
/// </summary>
public sealed partial class NodeCore
{
    private DutyChanged _duty = new(false, DrainScope.None, 0);

    /// <summary>What runs here has been told.</summary>
    private bool _isListed;

    /// <summary>Nothing new is placed here.</summary>
    public bool IsCordoned => _duty.IsCordoned;

    private enum Departure
    {
        Stays,

        /// <summary>Another takes it over while it runs here.</summary>
        HandedOver,

        /// <summary>It ends here, and then another may take it.</summary>
        StopsFirst,
    }

    /// <summary>What is to leave this node and hasn't yet, and what it waits for, as a person reads it.</summary>
    public IEnumerable<(SlotId Slot, bool Stays, string Text)> Leaving
    {
        get
        {
            foreach (var own in _own.Values)
            {
                if (own.Phase is OwnPhase.Holding or OwnPhase.Stopping && IntentOf(own.Slot.Workload) is { Spec: not null } intent && TextOfLeaving(own, intent) is { Length: > 0 } text)
                {
                    yield return (own.Slot, DepartureOf(own, intent) == Departure.Stays, text);
                }
            }
        }
    }

    private string TextOfLeaving(OwnSlot own, Intent intent)
    {
        var leave = DepartureOf(own, intent);
        if (own.Phase == OwnPhase.Stopping)
        {
            return leave == Departure.Stays ? "" : $"is being stopped: {own.StopReason}";
        }

        return leave switch
        {
            Departure.StopsFirst => "goes down first, and waits for its permit (maxUnavailable)",
            Departure.HandedOver when Successor(own, intent) is { } next => $"{next.Node} has taken it ({next.Phase.ToString().ToLowerInvariant()}), and it goes on here until it runs there",
            Departure.HandedOver when Outgrown(own, intent) is { Length: > 0 } why => $"{NewCannotRun}: {why}; the old one goes on here until another node runs the new one",
            Departure.HandedOver when IsMisplaced(own, intent) => $"goes on here until a node with {intent.Spec!.Spread!.By}={intent.Spec.Spread.DomainOf(own.Slot.Index)} runs it",
            Departure.HandedOver when OfferOf(own, intent.Spec!) is > 0 and var least => $"goes on here until a node runs it where its score is {least} or more",
            Departure.HandedOver when TooNear(own, intent.Spec!) is { } other => $"goes on here until another node runs it, for it is to be apart from {other}",
            Departure.HandedOver => "goes on here until another node runs it",
            Departure.Stays when IsToldToStay(own, intent) is { Length: > 0 } why => why,
            Departure.Stays when Outgrown(own, intent) is { Length: > 0 } why => $"{NewCannotRun}: {why}; the old one stays, for it is pinned",
            _ => "",
        };
    }

    private void Take(DutyChanged e)
    {
        _duty = e;
        WishSoon();
        LookAtHeld();
    }

    /// <summary>Before the first step: what operators said of the node before this agent began.</summary>
    public void Restore(DutyChanged duty, SettingsChanged changed)
    {
        _duty = duty;
        settings = settings with { Capacity = changed.Capacity, Labels = changed.Labels, Taints = changed.Taints };
    }

    /// <summary>Not before it is known what runs: until then nothing that is held is started or ended.</summary>
    private void LookAtHeld()
    {
        foreach (var own in _isListed ? _own.Values : Enumerable.Empty<OwnSlot>())
        {
            _toLookAt.Add(own.Slot);
        }
    }

    private Departure DepartureOf(OwnSlot own, Intent intent)
    {
        var spec = intent.Spec!;
        var isRepelled = Filter.Repels(spec, settings.Taints, TaintEffect.NoRun) is not null;
        if (spec.Mode == WorkloadMode.Everywhere)
        {
            return isRepelled ? Departure.StopsFirst : Departure.Stays;
        }

        if (own.EvictedFor.Length > 0 && spec.Partition != PartitionPolicy.Pin)
        {
            return Departure.StopsFirst;
        }

        if (!IsCalledAway(own, isRepelled))
        {
            return TooNear(own, spec) is not null || own.OfferedUntil is not null ? Departure.HandedOver
                : Outgrown(own, intent).Length > 0 ? spec.Partition == PartitionPolicy.Pin ? Departure.Stays : spec.IsExclusive ? Departure.StopsFirst : Departure.HandedOver
                : !IsAway(own.Slot, spec) || spec.Partition == PartitionPolicy.Pin ? Departure.Stays : spec.IsExclusive ? Departure.StopsFirst : Departure.HandedOver;
        }

        return spec.Partition switch
        {
            PartitionPolicy.Pin => _duty.Drain == DrainScope.Pinned && own.StaysUnder != _duty.Order ? Departure.StopsFirst : Departure.Stays,
            PartitionPolicy.Exclusive => Departure.StopsFirst,
            _ => Departure.HandedOver,
        };
    }

    private bool IsCalledAway(OwnSlot own, bool isRepelled) => isRepelled || (_duty.Drain != DrainScope.None && own.StaysUnder != _duty.Order);

    /// <summary>Nothing but its domain wants it gone.</summary>
    private bool IsMisplaced(OwnSlot own, Intent intent) => intent.Spec is { } spec
        && IsAway(own.Slot, spec) && !spec.Spread!.IsHard && TooNear(own, spec) is null && !IsCalledAway(own, Filter.Repels(spec, settings.Taints, TaintEffect.NoRun) is not null) && Outgrown(own, intent).Length == 0;

    /// <summary>The score that a node needs to take it, where nothing but that wants it gone; else 0.</summary>
    private int OfferOf(OwnSlot own, WorkloadSpec spec) =>
        own.OfferedUntil is null || IsAway(own.Slot, spec) || TooNear(own, spec) is not null || IsCalledAway(own, Filter.Repels(spec, settings.Taints, TaintEffect.NoRun) is not null) ? 0 : own.LeastScore;

    /// <summary>Why a slot stays although the node is drained, or repels it; empty: nothing wants it gone.</summary>
    private string IsToldToStay(OwnSlot own, Intent intent)
    {
        var spec = intent.Spec!;
        var isRepelled = Filter.Repels(spec, settings.Taints, TaintEffect.NoRun) is not null;
        if (spec.Mode == WorkloadMode.Everywhere || (_duty.Drain == DrainScope.None && !isRepelled))
        {
            return "";
        }

        return own.StaysUnder == _duty.Order && _duty.Drain != DrainScope.None
            ? "stays: it was given up, no other node took it, and it is taken up here again"
            : spec.Partition == PartitionPolicy.Pin ? "stays: it is pinned (partition: pin), and only edgectl drain --force ends it here" : "";
    }

    /// <summary>True: the slot is on its way out, and nothing else is done about it now.</summary>
    private bool LeaveWhenDue(OwnSlot own, Intent intent)
    {
        OfferWhenDue(own, intent);
        var leave = DepartureOf(own, intent);
        TellOfStaying(own, intent);
        var (isLeaving, isMisplaced) = (leave == Departure.HandedOver, leave == Departure.HandedOver && IsMisplaced(own, intent));
        var offer = isLeaving ? OfferOf(own, intent.Spec!) : own.LeastScore;
        if (_isOpen && (own.Word!.IsLeaving, own.Word.IsMisplaced, own.Word.OfferedAbove) != (isLeaving, isMisplaced, offer) && own.Word.Phase is ClaimPhase.Held or ClaimPhase.Running)
        {
            own.Word = own.Word! with { IsLeaving = isLeaving, IsMisplaced = isMisplaced, OfferedAbove = offer };
            own.IsOffered |= own.Word.IsLeaving;
            Say(own, own.Word.Phase, isKept: CanKeep, own.Word.Reason);
        }

        if (leave != Departure.StopsFirst)
        {
            if (own.IsGoingDown && own.Word!.Phase == ClaimPhase.Updating && own.Word.Generation == intent.Generation)
            {
                // It was to leave, and is not any more.
                Say(own, own.IsReady ? ClaimPhase.Running : ClaimPhase.Held, isKept: false);
            }

            own.IsGoingDown = false;
            return false;
        }

        var wasGoingDown = own.IsGoingDown;
        own.IsGoingDown = true;
        if (intent.Spec!.Mode == WorkloadMode.Everywhere)
        {
            Stop(own, "a taint of the node ends it here", AfterStop.Release);
        }
        else if (!_isOpen)
        {
            return own.Word!.Phase == ClaimPhase.Updating;
        }
        else if (own.IsReady && own.EvictedFor.Length == 0 && _members.CountPresent() <= 1)
        {
            // Nobody is there who could take it: what was announced when there was somebody is taken back, and a change is taken in place.
            LookAgainAt(own.Slot, _now + settings.Window);
            if (wasGoingDown && own.Word!.Phase == ClaimPhase.Updating)
            {
                Say(own, ClaimPhase.Running, isKept: false);
            }

            own.IsGoingDown = false;
            return false;
        }
        else if (!own.IsReady || (Mutation.EvictedWithoutPermit && own.EvictedFor.Length > 0))
        {
            GoDown(own);
        }
        else if (own.Word!.Phase != ClaimPhase.Updating)
        {
            Announce(own);
        }
        else if (_claims[own.Slot].Of(settings.Node)?.Order == own.Word.Order)
        {
            CountPermits(own, intent);
        }
        else
        {
            AnnounceAgain(own);
        }

        return true;
    }

    /// <summary>With a permit, or without being ready: a new generation takes its place here, or another node's.</summary>
    private void GoDown(OwnSlot own)
    {
        if (!own.IsGoingDown)
        {
            Replace(own);
            return;
        }

        if (Newcomer(own) is { } newcomer)
        {
            GiveWay(own, newcomer);
            return;
        }

        own.IsGivenUpByDrain = (own.EvictedFor.Length == 0 || _duty.Drain != DrainScope.None) && Filter.Repels(IntentOf(own.Slot.Workload)!.Spec!, settings.Taints, TaintEffect.NoRun) is null;
        if (own.EvictedFor.Length > 0)
        {
            Evict(own);
            return;
        }

        Stop(own, "it leaves this node", AfterStop.Release);
    }

    private void TellOfStaying(OwnSlot own, Intent intent)
    {
        if (own.ToldUnder != _duty.Order && IsToldToStay(own, intent) is { Length: > 0 } why)
        {
            own.ToldUnder = _duty.Order;
            _effects.Add(new Tell("Stays", own.Slot.ToString(), intent.Spec!.Partition.ToString(), $"{own.Slot} {why}", IsEvent: true));
        }
    }

    private bool IsHeldElsewhere(OwnSlot own, Intent intent) =>
        _claims[own.Slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim is { IsStarted: true } claim && claim.Node != settings.Node;

    /// <summary>Who has taken it over, and doesn't run it yet as far as is known here.</summary>
    private Claim? Successor(OwnSlot own, Intent intent) =>
        _claims[own.Slot].GreatestHeld(intent.Incarnation, intent.RunId)?.Claim is { } next && IsGreater(next, own, intent) ? next : null;

    /// <summary>
    /// Whether the old one goes on beside a greater claim: the slot was offered while it ran here, and the other's is not known to run. The word of one who isn't there any more is no reason to
    /// end what runs.
    /// </summary>
    private bool GoesOnBeside(OwnSlot own, Claim next)
    {
        if (!own.IsOffered || !own.IsReady || Mutation.HandedOverOnHeld || ClaimOrder.Succeeded(next, next.RunId))
        {
            return false;
        }

        if (next.Phase == ClaimPhase.Running && _members.StandingOf(next.Node, _now) is PeerStanding.Present or PeerStanding.Draining)
        {
            return false;
        }

        LookAgainAt(own.Slot, _now + settings.Window);
        return true;
    }

    /// <summary>
    /// The one that took it over has failed, gave it up or is lost, and it runs here still, under a word that nobody counts any more: when nobody else has bid for it, it is said above that one's epoch.
    /// The work goes on as it was launched. Exclusive work that wasn't offered has to be won again.
    /// </summary>
    private void TakeBackWhenDue(OwnSlot own, KnownIntent known)
    {
        var claims = _claims[own.Slot];
        var intent = known.Intent;
        var isMine = (own.IsOffered || !own.Word!.IsExclusive) && own.IsReady && _isOpen && IsRead(own.Slot) && Successor(own, intent) is { } next && !ClaimOrder.Succeeded(next, intent.RunId)
            && (!next.IsHolding || VacancyOf(own.Slot, known).IsVacant) && claims.Greatest(intent.Incarnation, intent.RunId)?.Claim is not { Phase: ClaimPhase.Bid };
        if (!isMine)
        {
            own.TakeBackAt = null;
            return;
        }

        own.TakeBackAt ??= _now + (LongestRace(intent.Spec!) * 2);
        if (_now < own.TakeBackAt)
        {
            LookAgainAt(own.Slot, own.TakeBackAt);
            return;
        }

        (own.TakeBackAt, own.IsKept) = (null, false);
        var word = own.Word!;
        own.Word = word with { LaunchedAt = word.LaunchEpoch, Epoch = Epoch.Max(claims.HighestEpoch, word.Epoch).Next, Attempts = Math.Max(word.Attempts, Successor(own, intent)?.Attempts ?? 0) };
        Say(own, word.Phase == ClaimPhase.Updating ? ClaimPhase.Updating : ClaimPhase.Running, isKept: true, "the node that was to take it over does not run it");
    }
}
