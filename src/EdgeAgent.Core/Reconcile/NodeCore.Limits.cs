using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// A generation in which only limits have changed: the process that runs is given them, and goes on (docs/adr/0028). Nothing of it goes down, so it takes no permit. Until the runtime says
/// that they hold the slot stays what it was, and has the greater of both.
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Work on trial is to show that it comes up with what it is given, so that is started anew; and so is what goes back.</summary>
    private static bool MayTakeLimits(OwnSlot own, Intent intent) => own.HasProcess && intent is { StartId: > 0, IsTried: false, Rejected: 0 }
        && own.Word!.RunId >= intent.StartId && own.Word.RunId < intent.RunId && own.NotLimited != intent.RunId && !IsOtherKind(own.Word, intent);

    private void TakeLimits(OwnSlot own, Intent intent)
    {
        if (own.Limiting != intent.Generation)
        {
            own.Limiting = intent.Generation;
            _effects.Add(new LimitWork(own.Word! with { Generation = intent.Generation }, intent.Spec!));
        }
    }

    private void Limited(WorkLimited e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.Phase != OwnPhase.Holding || own.Limiting != e.Generation)
        {
            return;
        }

        own.Limiting = 0;
        _toLookAt.Add(own.Slot);
        if (IntentOf(e.Slot.Workload) is not { Spec: { } spec } intent || intent.Generation != e.Generation || !MayTakeLimits(own, intent))
        {
            return;
        }

        if (e.Trouble.Length > 0)
        {
            own.NotLimited = intent.RunId;
            _effects.Add(new Tell("LimitsNotTaken", own.Slot.ToString(), "Restart", $"generation {intent.Generation} changes only limits, and its process can't be given them, so that it is started anew: {e.Trouble}", IsEvent: true));
            return;
        }

        var had = DevicesOf(own.Slot);
        GiveBack(own.Slot);
        Reserve(own.Slot, had);
        (own.Launched, own.Has) = (spec, spec.Resources);
        own.Word = Renewed(own.Word!, intent) with { RunId = intent.RunId, IsOnTrial = false };
        Say(own, own.Word.Phase == ClaimPhase.Updating && own.IsReady ? ClaimPhase.Running : own.Word.Phase, isKept: true, own.Word.Reason);
        LookAtHindered();
    }
}
