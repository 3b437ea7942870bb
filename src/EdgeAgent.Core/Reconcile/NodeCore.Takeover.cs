using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// The taker's side of exclusive work: nobody is replaced before its lease has run out, and what the broker keeps is read anew before each step that can't be
/// taken back (protocol.md, "Exclusive").
/// </summary>
public sealed partial class NodeCore
{
    private long _readBacks;

    /// <summary>Begins to watch those who may run it and are gone, and reads what the broker keeps of them at the beginning of the wait and at its end.</summary>
    private void WatchTheGone(OwnSlot own, KnownIntent known)
    {
        if (!IsRead(own.Slot) || (Mutation.AbsenceKeptAcrossReconnect && _members.BarrierAt is null))
        {
            return;
        }

        var vacancy = Vacancy.OfExclusive(known.Intent, known.IsLive, _claims[own.Slot], _members, _now, settings.Node, out var lost);
        var stillLost = lost;
        own.Watches.RemoveAll(w => stillLost.All(c => c.Node != w.Holder));

        if (lost.Count == 0)
        {
            return;
        }

        var watches = lost.Select(c => WatchOf(own, c, _members.AbsentSince(c.Node, _now) ?? _now)).ToList();
        if (watches.Any(w => w.ReadAt is null) || (vacancy.IsVacant && watches.Any(w => !w.IsConfirmed) && _now >= RunOutAt(watches, known.Intent)))
        {
            ReadBackOf(own, lost);
        }
    }

    /// <summary>Whether it is vacant, where the leases of those who may run it and are gone have run out.</summary>
    private Vacancy VacancyOfExclusive(SlotId slot, KnownIntent known)
    {
        var vacancy = Vacancy.OfExclusive(known.Intent, known.IsLive, _claims[slot], _members, _now, settings.Node, out var lost);
        if (lost.Count == 0)
        {
            return vacancy;
        }

        var who = string.Join(" and ", lost.Select(c => c.Node));
        var watches = _own.GetValueOrDefault(slot)?.Watches ?? [];
        if (watches.Count < lost.Count || watches.Any(w => w.ReadAt is null))
        {
            return new(false, null, $"{who} may be running it and is gone; its lease is being read");
        }

        var readyAt = RunOutAt(watches, known.Intent);
        if (_now < readyAt)
        {
            return new(false, readyAt, $"{who} is gone and stops by itself when its lease lapses; it is replaced in {Math.Ceiling((readyAt - _now).TotalSeconds):0} s");
        }

        return !vacancy.IsVacant || watches.TrueForAll(w => w.IsConfirmed) ? vacancy : new(false, null, $"the lease of {who} has run out; what the broker keeps is read once more");
    }

    private TimeSpan RunOutAt(IEnumerable<AbsenceWatch> watches, Intent intent) => watches.Max(w => (w.ReadAt ?? _now) + WaitFor(w.Claim, intent));

    private static AbsenceWatch WatchOf(OwnSlot own, Claim claim, TimeSpan since)
    {
        var watch = own.Watches.Find(w => w.Holder == claim.Node);
        if (watch is null || !watch.IsOf(claim, since))
        {
            own.Watches.RemoveAll(w => w.Holder == claim.Node);
            own.Watches.Add(watch = new AbsenceWatch(claim, since));
        }

        return watch;
    }

    /// <summary>The holder is bound by the terms of its claim, and may not have heard of another's: the longer ones count (traces.md, 9).</summary>
    private static TimeSpan WaitFor(Claim claim, Intent intent) => LeaseTerms.Longer(LeaseTerms.Of(claim), LeaseTerms.Of(intent.Spec!)) is var terms && Mutation.TakerDoesNotWaitTheLease ? TimeSpan.Zero
        : Mutation.ShortOfW ? terms.Lease : terms.Wait;

    private void ReadBackOf(OwnSlot own, IEnumerable<Claim> lost)
    {
        if (own.ReadBack == 0)
        {
            own.ReadBack = ++_readBacks;
            _effects.Add(new ReadSlot(own.Slot, [.. lost.Select(c => c.Node)], own.ReadBack));
        }
    }

    private void Take(SlotRead e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.ReadBack != e.Id)
        {
            return;
        }

        own.ReadBack = 0;
        _toLookAt.Add(e.Slot);
        foreach (var watch in own.Watches.FindAll(w => e.Asked.Contains(w.Holder)))
        {
            Compare(own, watch, e);
        }

        own.IsReadBack |= own.Phase == OwnPhase.Bidding && e.Claims.Any(c => c.Node == settings.Node && c.Order == own.Word!.Order);
    }

    private void Compare(OwnSlot own, AbsenceWatch watch, SlotRead read)
    {
        var claim = read.Claims.FirstOrDefault(c => c.Node == watch.Holder);
        if (Mutation.NoReadBack)
        {
            watch.IsConfirmed = watch.ReadAt is not null;
            watch.ReadAt ??= _now;
            return;
        }

        if (claim is null)
        {
            own.Watches.Remove(watch);
            _effects.Add(new SuspectStore($"the claim of {watch.Holder} on {own.Slot} is missing there"));
            return;
        }

        LeaseWord? lease = read.Leases.TryGetValue(watch.Holder, out var word) ? word : null;
        if (claim.IsStarted && (lease is null || !read.Presences.ContainsKey(watch.Holder)))
        {
            // Who has started has both on the broker: an answer without them has a hole, and says nothing (traces.md, 13).
            own.Watches.Remove(watch);
        }
        else if (watch.ReadAt is not { } readAt)
        {
            (watch.ReadAt, watch.Lease) = (_now, lease);
        }
        else if (claim.Order != watch.Claim.Order || lease != watch.Lease || read.Presences.GetValueOrDefault(watch.Holder) != _members.WordOf(watch.Holder))
        {
            // It was there meanwhile, and what it said was lost on the way to here (traces.md, 5): the wait begins again.
            own.Watches.Remove(watch);
        }
        else
        {
            watch.IsConfirmed |= IntentOf(own.Slot.Workload) is { Spec: not null } intent && _now >= readAt + WaitFor(watch.Claim, intent);
        }
    }

    /// <summary>
    /// Who would hold waits for more: a lease and a fence of its own, what the broker keeps of the slot with the own bid in it, and those it replaces gone as
    /// before. A rival that vanished undecided may be holding, and is waited for as a holder is.
    /// </summary>
    private BallotOutcome Confirm(OwnSlot own, BallotOutcome outcome)
    {
        if (outcome == BallotOutcome.Withdraw || _now >= own.BidAt + settings.Window)
        {
            own.NotBefore = outcome == BallotOutcome.Withdraw ? own.NotBefore : _now + settings.Window;
            return BallotOutcome.Withdraw;
        }

        LookAgainAt(own.Slot, own.BidAt + settings.Window);
        var rivals = _claims[own.Slot].OthersAt(own.Word!.Epoch, settings.Node, own.Word.Incarnation).Select(h => h.Claim).Where(c => c.Phase == ClaimPhase.Bid);
        if (!Mutation.VanishedRivalIgnored && rivals.Any(c => _members.AbsentSince(c.Node, _now) is not null))
        {
            return BallotOutcome.Withdraw;
        }

        if (Refusal(own) is { } refusal)
        {
            own.NotBefore = Later(own.NotBefore, _now + Later(_raceWindow, refusal.RetryAfter));
            return BallotOutcome.Withdraw;
        }

        if (outcome == BallotOutcome.Wait || !_lease.Covers(own.Word.Lease, _now) || !IsGranted(own))
        {
            return BallotOutcome.Wait;
        }

        if (!own.IsReadBack && !Mutation.NoReadBack)
        {
            ReadBackOf(own, own.Watches.ConvertAll(w => w.Claim));
            return BallotOutcome.Wait;
        }

        // Also one of whom nothing was known when the bid was made, because its word was lost on the way or a clearing came twice (traces.md, 5 and 21).
        var others = _claims[own.Slot].MayRun(own.Word.Incarnation, own.Word.RunId).Where(c => c.Node != settings.Node && !IsStillGone(own, c.Node)).ToList();
        var isRunBelow = _claims[own.Slot].RunsBelow(own.Word.Epoch, own.Word.Incarnation, settings.Node, c => _members.AbsentSince(c.Node, _now) is null) is not null;
        if (isRunBelow || others.Any(c => c.IsStarted) || !own.Replaces.All(w => IsStillGone(own, w.Holder)))
        {
            return BallotOutcome.Withdraw;
        }

        // One that bid below this bid may have read back before it, and hold: it says which.
        return others.Any(c => c.Epoch < own.Word.Epoch) ? BallotOutcome.Wait : BallotOutcome.Hold;
    }

    private bool IsStillGone(OwnSlot own, NodeId node) => own.Watches.Find(w => w.Holder == node) is { IsConfirmed: true } watch
        && _claims[own.Slot].Of(node) is { } claim && _members.AbsentSince(node, _now) is { } since && watch.IsOf(claim, since);
}
