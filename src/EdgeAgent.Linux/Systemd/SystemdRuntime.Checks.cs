using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Asking work whether it is well, and ending what isn't so that systemd starts it again. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    private readonly UnitChecks _checks;

    /// <summary>Units that are asked to end and to be started again by their own Restart=.</summary>
    private readonly List<Ending> _endings = [];

    private void Check(ManagerBus manager, RuntimeCheck request)
    {
        var slot = request.Spec.Tag.Slot;
        if (_units.TryGetValue(slot, out var unit) && IsAsked(unit))
        {
            _checks.Start(manager, request with { Spec = request.Spec with { IsFenced = unit.IsFenced } }, unit.Subject, HoldOf(unit));
        }
        else
        {
            _sink.Post(new UnitChecked(slot, request.Id, CheckOutcome.NotRun, ""));
        }
    }

    /// <summary>To systemd a process that was sent a signal is one that failed: it is started again, after the wait that grows.</summary>
    private void Restart(ManagerBus manager, RuntimeRestart request)
    {
        if (!_units.TryGetValue(request.Slot, out var unit) || !IsAsked(unit))
        {
            return;
        }

        if (unit.IsForeign)
        {
            // How it is ended and started, its own file says.
            _ = manager.Begin(SystemdContract.RestartUnit, unit.Subject);
        }
        else
        {
            _endings.RemoveAll(e => e.Unit == unit);
            _endings.Add(new Ending(unit, unit.Now!.StartedMicroseconds, Environment.TickCount64 + (long)request.Rule.Timeout.TotalMilliseconds));
            manager.TryKill(unit.Name, request.Rule.Signal);
        }
    }

    private static bool IsAsked(SystemdUnit unit) => !unit.IsStopping && unit.Now is { } now && unit.IsRunning(now);

    /// <summary>Kills what had its time to end by itself; whether there was something. Never by a name that has come to be another unit's, or of which nothing is known just now.</summary>
    private bool PursueEndings(ManagerBus manager)
    {
        var didSomething = false;
        _endings.RemoveAll(e => e.IsOver || _byPath.GetValueOrDefault(e.Unit.Path) != e.Unit);
        foreach (var ending in _endings.Where(e => e.Unit.Now is not null && Environment.TickCount64 >= e.KillAt))
        {
            ending.KillAt = Environment.TickCount64 + KillAgainMs;
            didSomething |= manager.TryKill(ending.Unit.Name, SignalKill);
        }

        return didSomething;
    }

    /// <summary>In milliseconds, for poll(2); -1: nothing is due.</summary>
    private int WaitForEndings() =>
        _endings.Count == 0 ? -1 : (int)Math.Clamp(_endings.Min(e => e.KillAt) - Environment.TickCount64, 0, int.MaxValue);

    private sealed class Ending(SystemdUnit unit, ulong started, long killAt)
    {
        public SystemdUnit Unit => unit;

        /// <summary>Monotonic milliseconds.</summary>
        public long KillAt { get; set; } = killAt;

        public bool IsOver => unit.IsStopping || unit.Now is { IsRunning: false } || (unit.Now is { } now && now.StartedMicroseconds != started);
    }
}
