using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Finding units again, starting, hearing of and stopping them. All on the runtime's thread.</summary>
public sealed partial class SystemdRuntime
{
    /// <summary>While a unit stops, it is looked at this often: the manager doesn't tell when the last process of one that is down has ended.</summary>
    private const int LookAgainMs = 50;

    private const int KillAgainMs = 1000;
    private const int SignalKill = 9;
    private const string UnitExists = "org.freedesktop.systemd1.UnitExists";

    private void Carry(ManagerBus manager, RuntimeRequest request)
    {
        switch (request)
        {
            case RuntimeList:
                List(manager);
                break;
            case RuntimeStart e:
                Start(manager, e.Spec);
                break;
            case RuntimeStop e:
                Stop(manager, e);
                break;
            case RuntimeRestart e:
                Restart(manager, e);
                break;
            case RuntimeCheck e:
                Check(manager, e);
                break;
        }
    }

    private void List(ManagerBus manager)
    {
        var reports = new List<UnitReport>();
        foreach (var name in manager.List(_names.Pattern))
        {
            if (Find(manager, name) is { } unit && manager.Read(name) is { } now)
            {
                unit.Know(now);
                unit.Told = now.IsRunning ? (now.MainPid, now.StartedMicroseconds) : unit.Told;
                unit.IsEndTold |= now.IsDown;
                reports.Add(unit.Report(now));
            }
        }

        _sink.Post(new RuntimeInventory(reports));
    }

    /// <summary>The unit of this name, watched from now on, if it carries this agent's mark.</summary>
    private SystemdUnit? Find(ManagerBus manager, string name)
    {
        if (!_names.TryParse(name, out var slot))
        {
            return null;
        }

        if (!_units.TryGetValue(slot, out var unit) && manager.IsLoaded(name) && _names.TryReadMarks(slot, manager.ReadEnvironment(name), out var tag))
        {
            unit = Watch(new SystemdUnit(name, tag));
        }

        return unit;
    }

    private void Start(ManagerBus manager, UnitSpec spec)
    {
        var name = _names.Of(spec.Tag.Slot);
        if (_units.ContainsKey(spec.Tag.Slot))
        {
            Refuse(spec, name, "a unit of this slot is left, and has to be stopped first");
            return;
        }

        try
        {
            var job = manager.StartTransient(name, m => UnitProperties.Write(m, spec, _names.Marks(spec.Tag), _options, manager));
            Watch(new SystemdUnit(name, spec.Tag) { Job = job, IsStale = false });
        }
        catch (BusException e) when (e.Name == UnitExists)
        {
            // Of the very launch that is asked for: the connection was lost before the answer came.
            if (Find(manager, name)?.Tag != spec.Tag)
            {
                Refuse(spec, name, $"{name} is there already, of another launch or of another agent: systemctl status {name}");
            }
        }
        catch (BusException e) when (!e.IsLost)
        {
            Refuse(spec, name, e.Message);
        }
    }

    private void Refuse(UnitSpec spec, string name, string detail) =>
        _sink.Post(new UnitEnded(new UnitReport(spec.Tag, name, 0, IsAlive: false) { Result = UnitResult.StartFailed, Detail = detail }));

    private void Stop(ManagerBus manager, RuntimeStop request)
    {
        if (Find(manager, _names.Of(request.Slot)) is not { } unit)
        {
            _sink.Post(new UnitGone(request.Slot));
            return;
        }

        (unit.IsStopping, unit.IsStale) = (true, true);
        unit.KillAt = Environment.TickCount64 + (long)request.Rule.Timeout.TotalMilliseconds;
        _checks.Stop(manager, request.Slot);
        manager.TryStop(unit.Name);
    }

    private SystemdUnit Watch(SystemdUnit unit)
    {
        (_units[unit.Tag.Slot], _byPath[unit.Path]) = (unit, unit);
        return unit;
    }

    private void Unwatch(SystemdUnit unit)
    {
        _units.Remove(unit.Tag.Slot);
        _byPath.Remove(unit.Path);
    }

    /// <summary>
    /// Tells what of the unit is news. It is read where signals haven't told it whole, and while it stops and is down: the manager tells
    /// when it forgets a unit, but not always when the last process of one has ended.
    /// </summary>
    private void Refresh(ManagerBus manager, SystemdUnit unit)
    {
        if (unit.Now is null || (unit.IsStopping && unit.Now.IsDown))
        {
            unit.Know(manager.Read(unit.Name));
        }

        var now = unit.Now;
        if (unit.IsStopping)
        {
            Pursue(manager, unit, now);
        }
        else if (now is null)
        {
            Unwatch(unit);
            TellEnd(unit, new UnitReport(unit.Tag, unit.Name, 0, IsAlive: false)
            {
                Result = unit.JobResult is "" or "done" ? UnitResult.Unknown : UnitResult.StartFailed,
                Detail = unit.JobResult is "" or "done" ? "somebody else stopped it (systemctl stop)" : $"its start's job ended as '{unit.JobResult}'",
            });
        }
        else if (unit.Job is null && now.IsDown)
        {
            TellEnd(unit, unit.Report(now));
        }
        else if (now.IsRunning && unit.Told != (now.MainPid, now.StartedMicroseconds))
        {
            unit.Told = (now.MainPid, now.StartedMicroseconds);
            _sink.Post(new UnitStarted(unit.Report(now)));
        }
    }

    private void TellEnd(SystemdUnit unit, UnitReport report)
    {
        if (!unit.IsEndTold)
        {
            unit.IsEndTold = true;
            _sink.Post(new UnitEnded(report));
        }
    }

    /// <summary>Until the manager has forgotten it, which it does when its last process has ended.</summary>
    private void Pursue(ManagerBus manager, SystemdUnit unit, UnitSnapshot? now)
    {
        if (now is { IsFailed: true } && !manager.TryResetFailed(unit.Name))
        {
            now = null;
        }

        if (now is null)
        {
            Unwatch(unit);
            _sink.Post(new UnitGone(unit.Tag.Slot));
        }
        else if (Environment.TickCount64 >= unit.KillAt)
        {
            unit.KillAt = Environment.TickCount64 + KillAgainMs;
            manager.TryStop(unit.Name);
            manager.TryKill(unit.Name, SignalKill);
        }
    }
}
