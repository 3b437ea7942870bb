using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Which slots' claims this node follows: those of its cohort's buckets, so that cost follows the number of candidates and not of nodes (docs/adr/0010); and single
/// slots besides, which it holds, is called to, or counts while it changes another of the workload.
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Followed besides; who calls for more is not heard.</summary>
    private const int ExtraSlotsMax = 4096;

    /// <summary>The wait until the last of the cohort would call is so many windows more than the first's.</summary>
    private const int WindowsOfCall = 4;

    /// <summary>A slot that nobody can run is called for again and again, for nodes may have room or come to the cell; the wait doubles up to this.</summary>
    private static readonly TimeSpan CallIntervalMax = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan CallIntervalFirst = TimeSpan.FromSeconds(10);

    private readonly HashSet<SlotId> _extra = [];
    private readonly HashSet<SlotId> _toReadAgain = [];
    private uint _followed;
    private uint _read;
    private bool _knowsPresences;

    private static bool IsEverywhere(Intent intent) => intent.Spec is { Mode: WorkloadMode.Everywhere };

    /// <summary>All that the broker keeps of the slot's claims is known, and its later ones come live.</summary>
    private bool IsRead(SlotId slot) => _isOpen && !_toReadAgain.Contains(slot) && (_extra.Contains(slot) || (_read & Bucket.Mask(Bucket.Of(slot))) != 0);

    private bool IsFollowed(SlotId slot) => (_followed & Bucket.Mask(Bucket.Of(slot))) != 0 || _extra.Contains(slot);

    /// <summary>Of an intent's slots those that concern this node.</summary>
    private IEnumerable<SlotId> SlotsHere(Intent? intent) =>
        intent is null ? [] : IsEverywhere(intent) ? SlotsOf(intent) : SlotsOf(intent).Where(s => IsFollowed(s) || _own.ContainsKey(s));

    private void Take(PresencesRead _)
    {
        _knowsPresences = true;
        Follow(_members.Cohorts.Wanted());
        foreach (var own in _own.Values)
        {
            FollowWhatIsHeld(own);
        }
    }

    /// <summary>The presences have changed: the cell may have more cohorts now, or a neighbour's may be too small.</summary>
    private void UpdateInterest(int bitsBefore)
    {
        if (!_knowsPresences)
        {
            return;
        }

        var wanted = _members.Cohorts.Wanted();
        Follow(wanted & ~_followed);
        if (_members.Cohorts.Bits != bitsBefore)
        {
            Unfollow(_followed & ~wanted);
            CallAgainSoon();
        }
    }

    private void Follow(uint buckets)
    {
        if (buckets != 0)
        {
            (_followed, _read) = (_followed | buckets, Mutation.BarrierSkipped ? _read | buckets : _read);
            _extra.RemoveWhere(s =>
            {
                var isCovered = (buckets & Bucket.Mask(Bucket.Of(s))) != 0;
                if (isCovered)
                {
                    _toReadAgain.Remove(s);
                    _effects.Add(new UnfollowSlot(s));
                }

                return isCovered;
            });

            _effects.Add(new FollowClaims(buckets));
        }
    }

    private void Unfollow(uint buckets)
    {
        if (buckets == 0)
        {
            return;
        }

        (_followed, _read) = (_followed & ~buckets, _read & ~buckets);
        _effects.Add(new UnfollowClaims(buckets));
        foreach (var slot in _claims.Slots.Select(c => c.Slot).Where(s => (buckets & Bucket.Mask(Bucket.Of(s))) != 0).ToList())
        {
            if (_own.GetValueOrDefault(slot) is { } own && own.Phase != OwnPhase.Idle)
            {
                FollowWhatIsHeld(own);
            }
            else
            {
                _claims.Remove(slot);
            }
        }
    }

    private void FollowWhatIsHeld(OwnSlot own)
    {
        if (own.Word is { IsHolding: true } && IntentOf(own.Slot.Workload) is { } intent && !IsEverywhere(intent))
        {
            FollowSlots([own.Slot]);
        }
    }

    private void FollowSlots(IReadOnlyList<SlotId> slots)
    {
        List<SlotId> more = [.. slots.Where(s => !IsFollowed(s))];
        if (!_knowsPresences || more.Count == 0 || _extra.Count + more.Count > ExtraSlotsMax)
        {
            return;
        }

        _extra.UnionWith(more);
        _toReadAgain.UnionWith(more);
        _effects.Add(new FollowSlots(more));
    }

    /// <summary>What was said of them before was not kept here: they are read anew, or a holder among them would be overlooked.</summary>
    private void ReadAgain(IEnumerable<SlotId> slots)
    {
        List<SlotId> again = [.. slots.Where(s => !Mutation.BarrierSkipped && IsFollowed(s) && _toReadAgain.Add(s))];
        if (again.Count > 0)
        {
            _effects.Add(new ReadSlots(again));
        }
    }

    private void Take(ClaimsRead e)
    {
        _read |= e.Buckets & _followed;
        LookAtEverything();
    }

    private void Take(SlotsRead e)
    {
        foreach (var slot in e.Slots)
        {
            _toReadAgain.Remove(slot);
            _toLookAt.UnionWith(_parts.Of(slot.Workload));

            _toLookAt.Add(slot);
        }
    }

    /// <summary>A slot that was followed besides is somebody else's now.</summary>
    private void LeaveToOthers(OwnSlot own, Intent intent)
    {
        if (own.Phase == OwnPhase.Idle && _extra.Contains(own.Slot) && IsRead(own.Slot) && !IsChangedHere(own.Slot.Workload, intent)
            && _claims[own.Slot].Greatest(intent.Incarnation, intent.RunId)?.Claim is { IsStarted: true } claim && claim.Node != settings.Node)
        {
            _extra.Remove(own.Slot);
            _effects.Add(new UnfollowSlot(own.Slot));
            _members.AnswerMissed(claim.Node);
            if (own.Word is null)
            {
                _claims.Remove(own.Slot);
            }
        }
    }

    private bool IsChangedHere(WorkloadName workload, Intent intent) =>
        _parts.Of(workload).Any(s => _own[s] is var o && o.Phase is OwnPhase.Holding or OwnPhase.Stopping && o.Word is { } word && (!IsCurrent(word, intent) || word.Phase == ClaimPhase.Updating));

    private void CallOrLeave(OwnSlot own, Intent intent, bool isVacant)
    {
        if (isVacant)
        {
            CallWhenDue(own);
            return;
        }

        own.Calls = null;
        Witness(own, intent);
        LeaveToOthers(own, intent);
    }

    /// <summary>Vacant, and nobody of those who look after it bids: the next wider ring is called. Where all have been, again later.</summary>
    private void CallWhenDue(OwnSlot own)
    {
        if (_members.Cohorts.Bits == 0)
        {
            return;
        }

        var spread = Part(StableHash.Of(own.Slot, settings.Node));
        own.Calls ??= new CallState { DueAt = _now + LongestRace(IntentOf(own.Slot.Workload)?.Spec) + (_raceWindow * WindowsOfCall * (1 + spread)) };
        if (_now < own.Calls.DueAt)
        {
            LookAgainAt(own.Slot, own.Calls.DueAt);
            return;
        }

        own.Calls.Ring++;
        _effects.Add(new CallOthers(own.Slot, own.Calls.Ring));
        WaitAfterCall(own, spread);
    }

    private void WaitAfterCall(OwnSlot own, double spread)
    {
        var calls = own.Calls!;
        if (calls.Ring < _members.Cohorts.LastRing)
        {
            calls.DueAt = _now + LongestRace(IntentOf(own.Slot.Workload)?.Spec) + (_raceWindow * WindowsOfCall * (1 + spread));
        }
        else
        {
            calls.Interval = calls.Interval == TimeSpan.Zero ? CallIntervalFirst : Earlier(calls.Interval * 2, CallIntervalMax)!.Value;
            (calls.DueAt, calls.Ring) = (_now + (calls.Interval * (1 + (spread / 2))), calls.Ring - 1);
        }

        LookAgainAt(own.Slot, calls.DueAt);
    }

    /// <summary>There are other nodes than before.</summary>
    private void CallAgainSoon()
    {
        foreach (var own in _own.Values)
        {
            own.Calls = null;
            _toLookAt.Add(own.Slot);
        }
    }

    private void Take(CalledFor e)
    {
        if (_intents.GetValueOrDefault(e.Slot.Workload) is not { Intent: { Spec: not null } intent } || !IsWanted(e.Slot, intent) || IsEverywhere(intent) || !_members.Cohorts.IsInRing(Bucket.Of(e.Slot), e.Ring))
        {
            return;
        }

        var own = Own(e.Slot);
        if (own.Calls is { } calls && calls.Ring < e.Ring)
        {
            // Another of the cohort was first.
            calls.Ring = e.Ring;
            WaitAfterCall(own, Part(StableHash.Of(e.Slot, settings.Node)));
        }

        if (!IsFollowed(e.Slot) && CouldTake(intent))
        {
            FollowSlots([e.Slot]);
        }

        SuspectHolder(e.Slot);
    }
}
