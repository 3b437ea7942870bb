using EdgeAgent.Core.Workloads;
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
            case RuntimeStart { Spec.IsFenced: true } e when _isFencing:
                _behindFence.AddLast(e);
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
            case RuntimeLimit e:
                Limit(manager, e);
                break;
            case RuntimeForget e:
                _state.Forget(e, RunsWith);
                break;
            case RuntimeFence e:
                PutUpFence(manager, e);
                break;
        }
    }

    private void List(ManagerBus manager)
    {
        var reports = new List<UnitReport>();
        foreach (var name in manager.List(UnitName.Pattern))
        {
            if (Find(manager, name) is not { } unit)
            {
                continue;
            }

            unit.Know(manager.Read(unit.Subject));
            if (unit.Now is { } now)
            {
                unit.Told = unit.IsRunning(now) ? (now.MainPid, now.StartedMicroseconds) : unit.Told;
                unit.IsEndTold |= unit.IsDown(now);
                reports.Add(ByFence(manager, unit, unit.Report(now)));
            }
            else if (unit.IsForeign)
            {
                unit.IsEndTold = true;
                reports.Add(new UnitReport(unit.Tag, unit.Subject, 0, IsAlive: false) { Result = UnitResult.Unknown, Detail = "it ended, or somebody stopped it, while no agent lived" });
            }
        }

        _sink.Post(new RuntimeInventory(reports) { FencedUntil = FindFence(manager) });
        TakeOverProfiles(manager);
        TakeOverFilters(manager);
        foreach (var unit in _units.Values.Where(u => u.Now is { } now && u.IsRunning(now)))
        {
            Prove(unit, unit.Report(unit.Now!));
        }
    }

    /// <summary>The unit of this name, watched from now on, if it carries this agent's mark.</summary>
    private SystemdUnit? Find(ManagerBus manager, string name)
    {
        if (_byPath.TryGetValue(UnitName.PathOf(name), out var known))
        {
            return known;
        }

        if (!manager.IsLoaded(name) || manager.ReadEnvironment(name) is not { } environment || !_names.TryReadMarks(environment, out var tag))
        {
            return null;
        }

        if (_units.TryGetValue(tag.Slot, out var unit))
        {
            return unit.Name == name ? unit : null;
        }

        var (subject, image) = UnitName.ReadSubject(environment);
        return Watch(new SystemdUnit(name, tag, subject, image) { IsFenced = UnitName.IsFenced(environment), Sandbox = UnitName.ReadSandbox(environment), Profile = UnitName.ReadProfile(environment), Filter = UnitName.ReadFilter(environment), IsOneshot = subject is not null && manager.IsOneshot(subject), IsAttached = image is not null });
    }

    private void Start(ManagerBus manager, UnitSpec spec)
    {
        var name = _names.Of(spec.Tag.Slot);
        if (_units.ContainsKey(spec.Tag.Slot))
        {
            Refuse(spec, name, "a unit of this slot is left, and has to be stopped first");
            return;
        }

        var held = Confinement.OfThisMachine().IsStrictFor(spec.Sandbox) ? spec.Sandbox : SandboxLevel.None;
        if (spec.Sandbox == SandboxLevel.Strict && held == SandboxLevel.None)
        {
            Refuse(spec, name, "it is to run in a strict sandbox or not at all, and a user's service manager can't make one");
            return;
        }

        if (spec.IsFenced && spec.Run is not ExecRun)
        {
            Refuse(spec, name, "what its own file starts can't be fenced");
            return;
        }

        try
        {
            if (spec.Run is UnitRun run)
            {
                StartSubject(manager, spec, run);
                return;
            }

            string? filter = null;
            if (spec.Network is { } rules && !TryLoadFilter(spec, rules, name, out filter))
            {
                return;
            }

            var unit = Watch(new SystemdUnit(name, spec.Tag) { Filter = filter, IsFenced = spec.IsFenced, Sandbox = held, IsStarting = true, IsStale = false, IsLoading = spec.Profile is not null });
            if (spec.Profile is { } profile)
            {
                LoadProfile(unit, spec, profile);
            }
            else
            {
                StartProgram(manager, unit, spec);
            }
        }
        catch (BusException e) when (!e.IsLost)
        {
            // What can't be written into a message.
            Refuse(spec, name, e.Message);
        }
    }

    private void StartProgram(ManagerBus manager, SystemdUnit unit, UnitSpec spec)
    {
        IEnumerable<string> marks = [.. _names.Marks(spec.Tag), .. UnitName.SandboxMark(unit.Sandbox), .. UnitName.ProfileMark(unit.Profile), .. UnitName.FilterMark(unit.Filter), .. spec.IsFenced ? [UnitName.FenceMark(_fence)] : Array.Empty<string>()];
        try
        {
            var call = manager.BeginTransient(unit.Name, m => UnitProperties.Write(m, spec, (ExecRun)spec.Run, HoldOf(unit), marks, _options, manager));
            _jobs.Expect(call, end => StartEnded(unit, spec, end));
        }
        catch (BusException e)
        {
            Unwatch(unit);
            if (e.IsLost)
            {
                throw;
            }

            // What can't be written into a message.
            Refuse(spec, unit.Name, e.Message);
            ReleaseHolds();
        }
    }

    private void StartEnded(SystemdUnit unit, UnitSpec spec, JobEnd end)
    {
        (unit.IsStarting, unit.IsStale) = (false, true);
        switch (end.Fate)
        {
            case JobFate.Ended:
                unit.JobResult = end.Result;
                break;
            case JobFate.Unanswered when !unit.IsStopping:
                // On the next connection; where it was carried out, the unit that is found there is of this very launch.
                Unwatch(unit);
                Again(new RuntimeStart(spec));
                break;
            case JobFate.Refused when !unit.IsStopping:
                Unwatch(unit);
                Refused(unit, spec, end.Error);
                break;
            default:
                unit.Doubt();
                break;
        }
    }

    private void Refused(SystemdUnit unit, UnitSpec spec, (string Name, string Message) error)
    {
        if (spec.IsFenced && error.Name == Destructive)
        {
            Refuse(spec, unit.Name, $"{Fallen}: {error.Message}");
        }
        else if (error.Name != UnitExists)
        {
            Refuse(spec, unit.Name, BusRefusal.Explain(error, BusRefusal.ManageUnits, $"start {unit.Name}"));
        }
        else if (_manager is null || Find(_manager, unit.Name)?.Tag != spec.Tag)
        {
            Refuse(spec, unit.Name, $"{unit.Name} is there already, of another launch or of another agent: systemctl status {unit.Name}");
        }

        ReleaseHolds();
    }

    private void Refuse(UnitSpec spec, string name, string detail) =>
        _sink.Post(new UnitEnded(new UnitReport(spec.Tag, name, 0, IsAlive: false) { Result = UnitResult.StartFailed, Detail = detail }));

    /// <summary>As systemctl set-property --runtime does it. Of a unit of the device its own file says how it is limited.</summary>
    private void Limit(ManagerBus manager, RuntimeLimit request)
    {
        var (slot, trouble) = (request.Slot, "");
        if (!_units.TryGetValue(slot, out var unit) || unit.IsStopping)
        {
            trouble = "it has no unit";
        }
        else if (!unit.IsForeign && request.Resources != default)
        {
            try
            {
                trouble = manager.TrySet(unit.Name, m => UnitProperties.Limit(m, request.Resources)) ? "" : $"systemd has no {unit.Name}";
            }
            catch (BusException e) when (!e.IsLost)
            {
                trouble = BusRefusal.Explain((e.Name, e.Message), BusRefusal.ManageUnits, $"change {unit.Name}");
            }
        }

        _sink.Post(new UnitLimited(slot, request.Generation, trouble));
    }

    private void Stop(ManagerBus manager, RuntimeStop request)
    {
        ForgetBehindFence(request.Slot);
        if ((_units.GetValueOrDefault(request.Slot) ?? Find(manager, _names.Of(request.Slot))) is not { } unit)
        {
            _sink.Post(new UnitGone(request.Slot));
            return;
        }

        (unit.IsStopping, unit.IsStale) = (true, true);
        unit.KillAt = Environment.TickCount64 + (long)request.Rule.Timeout.TotalMilliseconds;
        _checks.Stop(manager, request.Slot);
        manager.TryStop(unit.Subject);
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
        _state.Ended(unit.Tag.Slot.Workload, RunsWith);
    }

    private bool RunsWith(string folder) => _units.Values.Any(u => StateFolders.Of(u.Tag, _options) == folder);

    /// <summary>
    /// Tells what of the unit is news. It is read where signals haven't told it whole, and while it stops and is down: the manager tells
    /// when it forgets a unit, but not always when the last process of one has ended.
    /// </summary>
    private void Refresh(ManagerBus manager, SystemdUnit unit)
    {
        if (unit.Now is null || (unit.IsStopping && unit.IsDown(unit.Now)))
        {
            unit.Know(manager.Read(unit.Subject));
        }

        var now = unit.Now;
        if (unit.IsStopping && unit.IsForeign)
        {
            PursueSubject(manager, unit, now);
        }
        else if (unit.IsStopping)
        {
            Pursue(manager, unit, now);
        }
        else if (now is null && unit.IsStarting)
        {
            // It will be there.
        }
        else if (now is null)
        {
            // The mark of a foreign unit is still there, and is its slot's until that is stopped.
            if (!unit.IsForeign)
            {
                Unwatch(unit);
                ReleaseHolds();
            }

            TellEnd(unit, ByFence(manager, unit, new UnitReport(unit.Tag, unit.Subject, 0, IsAlive: false)
            {
                Result = unit.JobResult is "" or "done" ? UnitResult.Unknown : UnitResult.StartFailed,
                Detail = unit.JobResult is "" or "done" ? "somebody else stopped it (systemctl stop)" : $"its start's job ended as '{unit.JobResult}'",
            }));
        }
        else if (!unit.IsStarting && unit.IsDown(now))
        {
            TellEnd(unit, ByFence(manager, unit, WithLimit(manager, unit, unit.Report(now))));
        }
        else if (unit.IsRunning(now) && unit.Told != (now.MainPid, now.StartedMicroseconds))
        {
            unit.Told = (now.MainPid, now.StartedMicroseconds);
            if (Prove(unit, unit.Report(now)))
            {
                _sink.Post(new UnitStarted(unit.Report(now)));
            }
        }
    }

    /// <summary>Of what was killed for its memory, how much it might have used.</summary>
    private static UnitReport WithLimit(ManagerBus manager, SystemdUnit unit, UnitReport report) =>
        report.Result == UnitResult.OutOfMemory && manager.ReadMemoryMax(unit.Subject) is > 0 and < long.MaxValue and var limit
            ? report with { Detail = $"{report.Detail}; its limit is {new ByteCount((long)limit)} ({(unit.IsForeign ? "MemoryMax=" : "resources.memory")})" }
            : report;

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
            ReleaseHolds();
            _sink.Post(new UnitGone(unit.Tag.Slot));
        }
        else
        {
            KillWhenDue(manager, unit);
        }
    }

    private static void KillWhenDue(ManagerBus manager, SystemdUnit unit)
    {
        if (Environment.TickCount64 >= unit.KillAt)
        {
            unit.KillAt = Environment.TickCount64 + KillAgainMs;
            manager.TryStop(unit.Subject);
            manager.TryKill(unit.Subject, SignalKill);
        }
    }
}
