using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>Own words, own work, own resources.</summary>
public sealed partial class NodeCore
{
    private static readonly TimeSpan FailureBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RanWell = TimeSpan.FromMinutes(1);
    private const int FailuresCountedMax = 7;

    private readonly Dictionary<SlotId, Resources> _reserved = [];

    private WordOrder NextOrder() => new(_session, ++_rev);

    private void Say(OwnSlot own, ClaimPhase phase, bool isKept, string reason = "")
    {
        own.Word = own.Word! with { Phase = phase, Order = NextOrder(), Instance = settings.Instance, Reason = reason };
        if (_isOpen || isKept)
        {
            _effects.Add(new SayClaim(own.Word, own.Bucket, isKept, isKept && own.Word.IsStarted ? WhatItHas(own) ?? _reserved.GetValueOrDefault(own.Slot) : null));
        }
    }

    /// <summary>Of its process; null: it has none.</summary>
    private Resources? WhatItHas(OwnSlot own) => own is { HasProcess: true, Has: { } has } ? has with { Devices = DevicesOf(own.Slot) } : null;

    private void Start(OwnSlot own, WorkloadSpec spec)
    {
        (own.IsStartDue, own.HasProcess, own.SinceStart, own.ProgressSince, own.Launched) = (false, false, _now, _now, spec);
        (own.Has, own.Limiting) = (spec.Resources, 0);
        own.Word = own.Word! with { LaunchedAt = Epoch.None };
        (own.RestartedFor, own.EndsOnTrial) = (WhyAnew(own), 0);
        own.Checks.Begin(isReady: false, _now);
        _effects.Add(new StartWork(own.Word!, spec));
        LookAgainAt(own.Slot, _now + spec.ProgressDeadline);
    }

    private void Stop(OwnSlot own, string reason, AfterStop afterwards)
    {
        ForgetVictims(own);
        own.Enter(OwnPhase.Stopping, _parts);
        (own.IsStartDue, own.StopReason, own.AfterStop, own.Limiting) = (false, reason, afterwards, 0);
        var rule = IntentOf(own.Slot.Workload)?.Spec?.Stop ?? new StopRule { Timeout = own.Word?.StopTimeout ?? WorkloadSpec.Defaults.StopTimeout };
        _effects.Add(new Tell("Stopping", own.Slot.ToString(), afterwards.ToString(), reason, IsEvent: afterwards == AfterStop.Fail));
        _effects.Add(new StopWork(own.Slot, rule));
        if (Mutation.ReleasedBeforeTheProcessesEnded && afterwards == AfterStop.Release && own.Word is not null)
        {
            Say(own, ClaimPhase.Released, isKept: true, reason);
        }
    }

    /// <summary>Work of an earlier agent: this node's own by its claim, or nobody's.</summary>
    private void Found(WorkFound e)
    {
        var own = Own(e.Launch.Slot);
        if (IsOf(own, e.Launch) && own.Phase == OwnPhase.Holding)
        {
            (own.HasProcess, own.IsStartDue, own.SinceStart, own.ProgressSince) = (true, false, _now, _now);
            BeginChecks(own, IntentOf(own.Slot.Workload), isKnownReady: own.ReadyPid == e.Pid);
            own.Word = own.Word! with { Phase = own.IsReady ? ClaimPhase.Running : NotRunning(own.Word), Unit = e.Unit, Pid = e.Pid };
            _toLookAt.Add(own.Slot);
            return;
        }

        if (own.Phase == OwnPhase.Stopping)
        {
            // Its lease lapsed before it was found: it is given up when nothing of it is left, as was decided then.
            return;
        }

        if (!_reserved.ContainsKey(own.Slot))
        {
            // Until it has ended it has its room, whoever's it is.
            Reserve(own.Slot);
        }

        // Exclusive work whose lease has run out may be another's by now: it has to be won again.
        var afterwards = own.Phase != OwnPhase.Holding ? AfterStop.Nothing : own.Word!.IsExclusive && !_lease.IsGood(_now) ? AfterStop.Release : AfterStop.StartAnew;
        Stop(own, "an earlier agent left it, and it is nobody's", afterwards);
    }

    private void Listed()
    {
        _isListed = true;
        foreach (var own in _own.Values)
        {
            (own.SinceStart, own.ProgressSince) = (_now, _now);
            _toLookAt.Add(own.Slot);
        }
    }

    private static bool IsOf(OwnSlot own, Launch launch) =>
        own.Word is { } word && word.LaunchEpoch == launch.Epoch && word.Incarnation == launch.Incarnation && word.Generation >= launch.Generation;

    private void ComesOn(WorkComesOn e)
    {
        if (_own.TryGetValue(e.Launch.Slot, out var own) && own is { Phase: OwnPhase.Holding, HasProcess: false } && IsOf(own, e.Launch))
        {
            own.ProgressSince = _now;
            Say(own, own.Word!.Phase, isKept: false, e.Detail);
        }
    }

    private void Started(WorkStarted e)
    {
        if (_own.TryGetValue(e.Launch.Slot, out var own) && own.Phase == OwnPhase.Holding && IsOf(own, e.Launch))
        {
            var (isFirst, wasReady) = (!own.HasProcess, own.IsReady);
            (own.HasProcess, own.SinceStart) = (true, isFirst ? _now : own.SinceStart);
            own.Word = own.Word! with { Unit = e.Unit, Pid = e.Pid };
            own.ProgressSince = wasReady ? _now : own.ProgressSince;
            own.RestartedFor = isFirst ? own.RestartedFor : WhyAnew(own);
            own.EndsOnTrial += isFirst ? 0 : 1;
            if (own.EndsOnTrial >= EndsOnTrialMax && Reject(own, $"its process ended {own.EndsOnTrial} times within {(_now - own.SinceStart).TotalSeconds:0} s{(own.RestartedFor.Length > 0 ? $"; {own.RestartedFor}" : "")}"))
            {
                return;
            }

            BeginChecks(own, IntentOf(own.Slot.Workload), isKnownReady: false);
            Say(own, own.IsReady ? ClaimPhase.Running : NotRunning(own.Word), isKept: wasReady && !own.IsReady && CanKeep, own.RestartedFor);
            _toLookAt.Add(own.Slot);
        }
    }

    private void Ended(WorkEnded e)
    {
        if (!_own.TryGetValue(e.Launch.Slot, out var own) || own.Phase != OwnPhase.Holding || !IsOf(own, e.Launch))
        {
            return;
        }

        var unhealthy = own.Checks.Unhealthy;
        if (unhealthy.Length > 0 && RestartsHere(own))
        {
            // It was asked to end and did so with a success, after which the runtime starts nothing.
            Stop(own, unhealthy, AfterStop.StartAnew);
            return;
        }

        Fail(own, e.Succeeded, e.Reason);
    }

    /// <summary>It ended and isn't started again, or has to be ended: what that means to the slot, by the workload's mode.</summary>
    private void Fail(OwnSlot own, bool hasSucceeded, string reason)
    {
        if (Reject(own, reason))
        {
            return;
        }

        var isJob = IntentOf(own.Slot.Workload)?.Spec?.Mode == WorkloadMode.Job;
        own.Failures = isJob || (own.HasProcess && _now - own.SinceStart >= RanWell) ? 1 : Math.Min(FailuresCountedMax, own.Failures + 1);
        own.Word = own.Word! with { Attempts = own.Word.Attempts + 1 };
        Stop(own, reason, isJob && hasSucceeded ? AfterStop.Succeed : AfterStop.Fail);
    }

    /// <summary>Only now, when the last process has ended, is the slot given up (traces.md, 10).</summary>
    private void Gone(WorkGone e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.Phase != OwnPhase.Stopping)
        {
            return;
        }

        (own.HasProcess, own.EvictedFor) = (false, "");
        _toLookAt.Add(own.Slot);
        LookAtHindered();
        LookAtApart();
        var intent = IntentOf(e.Slot.Workload);
        if (own.AfterStop == AfterStop.StartAnew && intent is not null && IsWanted(e.Slot, intent))
        {
            if (intent.Spec!.Mode != WorkloadMode.Everywhere && own.Word!.Incarnation == intent.Incarnation && Overruler(own, intent) is { } holder)
            {
                // Another came to hold it while the old work was ending.
                own.StopReason = TextOfOverruler(holder);
            }
            else if (MayStartAnew(own, intent))
            {
                StartAnew(own, intent);
                return;
            }
        }

        var had = _reserved.GetValueOrDefault(own.Slot);
        GiveBack(own.Slot);
        HandOn(own, had);
        own.Enter(OwnPhase.Idle, _parts);
        if (own.AfterStop == AfterStop.Nothing || own.Word is null || (_isOpen && intent is not null && !IsWanted(e.Slot, intent)))
        {
            return;
        }

        own.Word = own.Word.WithoutOffer() with { Pid = 0, LaunchedAt = Epoch.None, IsMakingRoom = false, Rejected = intent?.Incarnation == own.Word.Incarnation ? intent!.Rejected : own.Word.Rejected };
        own.NotBefore = own.AfterStop == AfterStop.Fail ? _now + Backoff(own, intent) : own.IsGivenUpByDrain ? _now + settings.Window : _now;
        Say(own, PhaseAfter(own.AfterStop), isKept: true, own.StopReason);
        AskVoters(own);
    }

    private static ClaimPhase PhaseAfter(AfterStop afterStop) => afterStop switch
    {
        AfterStop.Fail => ClaimPhase.Failed,
        AfterStop.Succeed => ClaimPhase.Succeeded,
        _ => ClaimPhase.Released,
    };

    private static TimeSpan Backoff(OwnSlot own, Intent? intent) => intent?.Spec is { Mode: WorkloadMode.Job } spec
        ? spec.Job.Backoff
        : FailureBackoff * Math.Pow(2, own.Failures - 1);

    /// <summary>What was reserved is remembered, so that a changed intent does not give back something else.</summary>
    private void Reserve(SlotId slot, DeviceShares had = default)
    {
        Reserve(slot, IntentOf(slot.Workload)?.Spec is { } spec ? Ask(spec, had) : default);
    }

    /// <summary>What a slot takes here, its devices chosen; those that it had it keeps where they still are what is asked for.</summary>
    private Resources Ask(WorkloadSpec spec, DeviceShares had)
    {
        if (spec.Devices.Count == 0)
        {
            return spec.Resources;
        }

        var self = Describe();
        return spec.Resources with { Devices = DeviceRoom.Choose(spec.Devices, Free.Devices, had, spec.Policy == PlacementPolicy.Fragmentation ? r => Fragmentation.BestDevice(spec, self, r) : null) };
    }

    private DeviceShares DevicesOf(SlotId slot) => _reserved.GetValueOrDefault(slot).Devices;

    private void Reserve(SlotId slot, Resources request)
    {
        _reserved[slot] = request;
        Free -= request;
    }

    private void GiveBack(SlotId slot)
    {
        Free += _reserved.GetValueOrDefault(slot);
        _reserved.Remove(slot);
        WishSoon();
    }

    private void Take(SettingsChanged e)
    {
        Free += e.Capacity - settings.Capacity;
        settings = settings with { Capacity = e.Capacity, Labels = e.Labels, Taints = e.Taints };
        CountDemandAnew();
        WishSoon();
        LookAtHindered();
        LookAtHeld();
    }

    private Self Describe() => new()
    {
        Architecture = settings.Architecture,
        Capacity = settings.Capacity,
        Free = Free,
        Labels = settings.Labels,
        Taints = settings.Taints,
        Features = settings.Features,
        Facts = settings.Facts,
        Demand = _demand,
        IsCordoned = _duty.IsCordoned,
        StoreFailure = _storeFailure,
        FenceLack = FenceLack(),
    };
}
