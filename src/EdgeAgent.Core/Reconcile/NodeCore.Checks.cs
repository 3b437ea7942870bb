using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>
/// Whether work is well and can serve, by its own checks. Until it is ready only the ready check is asked, from then on only the health check: one at a
/// time (docs/adr/0005).
/// </summary>
public sealed partial class NodeCore
{
    /// <summary>Why it isn't ready yet is said at most so often: a check may say something else each second.</summary>
    private static readonly TimeSpan NotReadyInterval = TimeSpan.FromSeconds(10);

    private long _checks;

    /// <summary>A disk that can't be written must keep nobody from hearing that work runs.</summary>
    private bool CanKeep => _storeFailure.Length == 0;

    /// <summary>The work has another process than before.</summary>
    private void BeginChecks(OwnSlot own, Intent? intent, bool isKnownReady)
    {
        own.Launched = intent is not null && intent.RunId == own.Word!.RunId ? intent.Spec : own.Launched;
        var isProved = isKnownReady || !IsOnTrial(own.Word, intent);
        var isReady = isKnownReady || (own.Launched?.Ready is null && isProved);
        own.Checks.Begin(isReady, isReady ? _now + (own.Launched?.Health?.Interval ?? TimeSpan.Zero) : own.Launched?.Ready is null ? _now + Settling(intent!.Spec!) : _now);
        own.Checks.SaidAt = _now - NotReadyInterval;
    }

    private void CheckWhenDue(OwnSlot own)
    {
        var checks = own.Checks;
        if (own.Launched is not { } spec || checks.UnderWay != 0 || checks.Unhealthy.Length > 0)
        {
            return;
        }

        if (!checks.IsReady && spec.Ready is null)
        {
            // A later generation asks for no readiness any more; or it is on trial, and has to go on for a while.
            if (_now < checks.DueAt)
            {
                LookAgainAt(own.Slot, checks.DueAt);
                return;
            }

            BecomeReady(own);
            return;
        }

        if ((checks.IsReady ? spec.Health : (CheckRule?)spec.Ready) is not { } rule)
        {
            return;
        }

        if (_now < checks.DueAt)
        {
            LookAgainAt(own.Slot, checks.DueAt);
            return;
        }

        (checks.UnderWay, checks.DueAt) = (++_checks, _now + rule.Interval);
        _effects.Add(new CheckWork(own.Word!, spec, rule, checks.UnderWay));
    }

    private void Checked(WorkChecked e)
    {
        if (!_own.TryGetValue(e.Slot, out var own) || own.Phase != OwnPhase.Holding || own.Checks.UnderWay != e.Check || own.Launched is not { } spec)
        {
            return;
        }

        var checks = own.Checks;
        checks.UnderWay = 0;
        _toLookAt.Add(own.Slot);
        var rule = checks.IsReady ? spec.Health : (CheckRule?)spec.Ready;
        if (e.Outcome == CheckOutcome.Passed)
        {
            checks.Failures = 0;
            if (!checks.IsReady)
            {
                BecomeReady(own);
            }
        }
        else if (rule is HealthRule health && e.Outcome == CheckOutcome.Failed)
        {
            HasFailed(own, health, e.Detail);
        }
        else if (rule is HealthRule && e.Detail.Length > 0)
        {
            _effects.Add(new Tell("CheckNotRun", own.Slot.ToString(), "Health", $"{rule.Command[0]} could not be asked whether the work is well: {e.Detail}", IsEvent: true));
        }
        else if (rule is ReadyRule && e.Detail.Length > 0)
        {
            NotReady(own, $"{rule.Command[0]}: {e.Detail}");
        }
    }

    private void BecomeReady(OwnSlot own)
    {
        own.Checks.Begin(isReady: true, _now + (own.Launched?.Health?.Interval ?? TimeSpan.Zero));

        // Kept, so that an agent that comes back needn't ask again.
        Say(own, ClaimPhase.Running, isKept: CanKeep, own.RestartedFor);
        _toLookAt.Add(own.Slot);
    }

    private void NotReady(OwnSlot own, string why)
    {
        own.Checks.LastWord = why;
        var reason = $"not ready yet, {why}";
        if (own.Word!.Reason != reason && _now >= own.Checks.SaidAt + NotReadyInterval)
        {
            own.Checks.SaidAt = _now;
            Say(own, own.Word.Phase, isKept: false, reason);
        }
    }

    private void HasFailed(OwnSlot own, HealthRule rule, string detail)
    {
        own.Checks.Failures++;
        if (own.Checks.Failures < rule.Failures)
        {
            return;
        }

        var reason = $"unhealthy: {rule.Command[0]} failed {(rule.Failures == 1 ? "once" : $"{rule.Failures} times in a row")}, last: {detail}";
        if (!RestartsHere(own))
        {
            Fail(own, hasSucceeded: false, reason);
            return;
        }

        own.Checks.Unhealthy = reason;
        _effects.Add(new Tell("Unhealthy", own.Slot.ToString(), "Restart", reason, IsEvent: true));
        _effects.Add(new RestartWork(own.Slot, own.Launched!.Stop));
        Say(own, own.Word!.Phase, isKept: false, reason);
    }

    private static string WhyAnew(OwnSlot own) => own.Checks.Unhealthy.Length > 0 ? $"started anew: {own.Checks.Unhealthy}" : "";

    /// <summary>Who tries again: the runtime, on this node. A job's attempts are counted over all nodes.</summary>
    private static bool RestartsHere(OwnSlot own) => own.Launched is { } spec && spec.Mode != WorkloadMode.Job && spec.Restart.Rule != RestartRule.Never;

    /// <summary>Of work that has no process, or one that can't serve yet; a slot that is being changed keeps its permit.</summary>
    private static ClaimPhase NotRunning(Claim word) => word.Phase == ClaimPhase.Updating ? ClaimPhase.Updating : ClaimPhase.Held;
}
