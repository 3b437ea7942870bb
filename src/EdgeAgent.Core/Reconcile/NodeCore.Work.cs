using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>Own words, own work, own resources.</summary>
public sealed partial class NodeCore
{
    private static readonly TimeSpan FailureBackoff = TimeSpan.FromSeconds(1);
    private const int FailuresCountedMax = 6;

    private WordOrder NextOrder() => new(_session, ++_rev);

    private void Say(OwnSlot own, ClaimPhase phase, bool isKept, string reason = "")
    {
        own.Word = own.Word! with { Phase = phase, Order = NextOrder(), Instance = settings.Instance, Reason = reason };
        _effects.Add(new SayClaim(own.Word, isKept));
    }

    private void Stop(OwnSlot own, string reason, ClaimPhase afterwards = ClaimPhase.Released)
    {
        own.Phase = OwnPhase.Stopping;
        own.StopReason = reason;
        own.AfterStop = afterwards;
        var rule = _intents.TryGetValue(own.Slot.Workload, out var known) && known.Intent.Spec is { } spec ? spec.Stop : new StopRule { Timeout = own.Word!.StopTimeout };
        _effects.Add(new StopWork(own.Slot, rule));
    }

    private void Started(WorkStarted e)
    {
        if (_own.TryGetValue(e.Slot, out var own) && own.Phase == OwnPhase.Holding && own.Word!.Epoch == e.Epoch)
        {
            (own.HasProcess, own.Failures) = (true, 0);
            own.Word = own.Word with { Unit = e.Unit, Pid = e.Pid };
            Say(own, ClaimPhase.Running, isKept: true);
        }
    }

    private void Ended(WorkEnded e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.Phase != OwnPhase.Holding || own.Word!.Epoch != e.Epoch)
        {
            return;
        }

        own.Failures = e.Succeeded ? 0 : Math.Min(FailuresCountedMax, own.Failures + 1);
        own.Word = own.Word with { Attempts = own.Word.Attempts + 1 };
        Stop(own, e.Reason, e.Succeeded ? ClaimPhase.Succeeded : ClaimPhase.Failed);
    }

    /// <summary>Only now, when the last process has ended, is the slot given up (traces.md, 10).</summary>
    private void Gone(WorkGone e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.Phase != OwnPhase.Stopping)
        {
            return;
        }

        GiveBack(own.Slot);
        (own.Phase, own.HasProcess) = (OwnPhase.Idle, false);
        own.Word = own.Word! with { Pid = 0 };
        own.NotBefore = own.AfterStop == ClaimPhase.Failed ? _now + FailureBackoff * Math.Pow(2, own.Failures - 1) : _now;
        Say(own, own.AfterStop, isKept: true, own.StopReason);
        _toLookAt.Add(own.Slot);
    }

    private void Reserve(SlotId slot) => Free -= RequestOf(slot);

    private void GiveBack(SlotId slot)
    {
        Free += _reserved.GetValueOrDefault(slot);
        _reserved.Remove(slot);
    }

    private readonly Dictionary<SlotId, Resources> _reserved = [];

    /// <summary>What was reserved is remembered, so that a changed intent does not give back something else.</summary>
    private Resources RequestOf(SlotId slot)
    {
        var request = _intents.TryGetValue(slot.Workload, out var known) && known.Intent.Spec is { } spec ? spec.Resources : default;
        _reserved[slot] = request;
        return request;
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
    };
}
