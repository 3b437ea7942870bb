using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>What to do about a slot, given everything known: level-triggered, so looking twice has no further effect.</summary>
public sealed partial class NodeCore
{
    private void Look(SlotId slot)
    {
        _wakes.Remove(slot);
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
        switch (own.Phase)
        {
            case OwnPhase.Holding:
                Stop(own, intent.IsTombstone ? "the workload was deleted" : "the workload was scaled down");
                break;
            case OwnPhase.Bidding:
                Withdraw(own, "the workload was deleted or scaled down");
                break;
            case OwnPhase.Waiting:
                own.Phase = OwnPhase.Idle;
                break;
        }

        if (own is { Phase: OwnPhase.Idle, Word: not null } && _isLinked)
        {
            own.Word = null;
            _effects.Add(new ClearClaim(own.Slot));
        }
    }

    /// <summary>A greater claim that is `held` or better stops this one; a mere bid stops nobody, and is answered (traces.md, 31).</summary>
    private void Hold(OwnSlot own, Intent intent)
    {
        if (intent.Spec!.Mode == WorkloadMode.Everywhere || Claims(own.Slot).Greatest(intent.Incarnation, intent.RunId) is not { } greatest || greatest.Claim.Node == settings.Node)
        {
            return;
        }

        if (own.Word!.Incarnation != intent.Incarnation)
        {
            Stop(own, "the workload was deleted and made again");
        }
        else if (ClaimOrder.Compare(greatest.Claim, own.Word, intent.RunId) > 0)
        {
            if (greatest.Claim.IsStarted || ClaimOrder.Succeeded(greatest.Claim, intent.RunId))
            {
                Stop(own, $"{greatest.Claim.Node} holds it at epoch {greatest.Claim.Epoch}");
            }
            else if (greatest.Claim.Phase == ClaimPhase.Bid)
            {
                Say(own, own.Word.Phase, isKept: false);
            }
        }
    }

    private void Decide(OwnSlot own, Intent intent)
    {
        if (_now < own.NotBefore)
        {
            LookAgainAt(own.Slot, own.NotBefore);
            return;
        }

        switch (Ballot.Decide(own.Word!, Claims(own.Slot), intent))
        {
            case BallotOutcome.Hold:
                own.Phase = OwnPhase.Holding;
                Say(own, ClaimPhase.Held, isKept: true);
                _effects.Add(new StartWork(own.Word!, intent.Spec!));
                break;
            case BallotOutcome.Withdraw:
                Withdraw(own, "another node's bid or claim is greater");
                _toLookAt.Add(own.Slot);
                break;
        }
    }

    private void Compete(OwnSlot own, KnownIntent known)
    {
        var intent = known.Intent;
        var isEverywhere = intent.Spec!.Mode == WorkloadMode.Everywhere;
        var vacancy = isEverywhere
            ? new Vacancy(_isLinked, null, "it runs on every node that can run it")
            : Vacancy.Of(intent, known.IsLive, Claims(own.Slot), _members, settings.Window, _now);
        if (!vacancy.IsVacant || Filter.WhyNot(intent, Describe()).Length > 0)
        {
            own.Phase = OwnPhase.Idle;
            LookAgainAt(own.Slot, vacancy.RetryAt);
            return;
        }

        var score = Score.Of(intent.Spec, Describe(), CountHere(own.Slot.Workload), _members.CountPresent(_now));
        if (own.Phase == OwnPhase.Idle)
        {
            own.Phase = OwnPhase.Waiting;
            own.NotBefore = Later(_now + Wait(own.Slot, score), own.NotBefore);
        }

        if (_now < own.NotBefore || (!isEverywhere && _own.Values.Count(o => o.Phase == OwnPhase.Bidding) >= settings.OpenBidsMax))
        {
            LookAgainAt(own.Slot, Later(own.NotBefore, _now + TimeSpan.FromMilliseconds(1)));
            return;
        }

        Bid(own, intent, score, isEverywhere);
    }

    private void Bid(OwnSlot own, Intent intent, int score, bool isEverywhere)
    {
        var claims = Claims(own.Slot);
        var hadHolder = claims.Greatest(intent.Incarnation, intent.RunId) is { } g && g.Claim.IsStarted;
        var highest = Epoch.Max(claims.HighestEpoch, Epoch.Max(new(intent.EpochFloor), own.Word?.Epoch ?? Epoch.None));
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
        };
        Reserve(own.Slot);
        own.Phase = isEverywhere ? OwnPhase.Holding : OwnPhase.Bidding;
        own.NotBefore = hadHolder ? _now + settings.RaceWindow : _now;
        Say(own, isEverywhere ? ClaimPhase.Held : ClaimPhase.Bid, isKept: isEverywhere);
        if (isEverywhere)
        {
            _effects.Add(new StartWork(own.Word, intent.Spec));
        }
    }

    private void Withdraw(OwnSlot own, string reason)
    {
        GiveBack(own.Slot);
        own.Phase = OwnPhase.Idle;
        Say(own, ClaimPhase.Withdrawn, isKept: false, reason);
    }

    private TimeSpan Wait(SlotId slot, int score)
    {
        var part = (Score.Max - score) / (double)Score.Max;
        var jitter = StableHash.Of(slot, settings.Node) / (double)ulong.MaxValue / 4;
        return settings.RaceWindow * (part + jitter);
    }

    private int CountHere(WorkloadName workload) =>
        _own.Values.Count(o => o.Slot.Workload == workload && o.Phase is OwnPhase.Bidding or OwnPhase.Holding or OwnPhase.Stopping && o.Slot.Workload == workload);

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
