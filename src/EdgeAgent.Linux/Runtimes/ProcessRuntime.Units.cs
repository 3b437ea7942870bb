using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes.Binding;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>Starting, hearing of, stopping and finding units again. All on the runtime's thread.</summary>
public sealed partial class ProcessRuntime
{
    private void List()
    {
        foreach (var folder in UnitFolder.All(_options.WorkDirectory).Where(f => f.HasUnit && !_units.ContainsKey(f.Slot)))
        {
            Adopt(folder);
        }

        try
        {
            ForgetOldLogs();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Old logs that can't be removed hinder nobody.
        }

        _sink.Post(new RuntimeInventory([.. _units.Values.Select(u => u.Report())]));
    }

    /// <summary>By pid and start time in this boot: never a stranger's.</summary>
    private void Adopt(UnitFolder folder)
    {
        if (folder.ReadTag() is not { } known)
        {
            folder.TryClear();
            return;
        }

        var said = folder.ReadState();
        if (known.Boot != _boot && said.Phase != ShimPhase.Ended)
        {
            // The machine was started anew: nothing can be left, it is no failure of the work, and its claim starts it again.
            folder.TryClear();
            return;
        }

        var unit = new ProcessUnit(folder, known.Tag, known.Mark) { Said = said };
        _units[folder.Slot] = unit;
        if (known.Boot == _boot && unit.Said.Shim > 0)
        {
            unit.Shim = Descriptor.OfProcess(unit.Said.Shim);
            unit.ShimPid = unit.Said.Shim;
            if (unit.Shim is not null && ProcFile.StartTime(unit.ShimPid) != unit.Said.ShimStart)
            {
                unit.Dispose();
            }
        }

        if (unit.Shim is null)
        {
            // Its supervisor is gone, whatever it may have left must go too.
            unit.HasRemains = true;
            unit.IsEndTold = true;
            if (unit.Said.Phase == ShimPhase.Gone)
            {
                // Asked to end while no agent was there, as by edgectl down: that is no failure of the work, and its claim starts it again.
                _units.Remove(folder.Slot);
                folder.TryClear();
            }

            return;
        }

        try
        {
            Watch(unit);
        }
        catch (IOException)
        {
            // Not watched: its end is still seen by the shim's own, only its restarts are not.
        }

        unit.Said = folder.ReadState();
    }

    private void Start(UnitSpec spec)
    {
        var slot = spec.Tag.Slot;
        if (_units.ContainsKey(slot))
        {
            Refuse(spec, "a unit of this slot is left, and has to be stopped first");
            return;
        }

        if (spec.Run is not ExecRun program)
        {
            Refuse(spec, NoUnitActions.Reason);
            return;
        }

        var folder = new UnitFolder(_options.WorkDirectory, slot);
        var unit = new ProcessUnit(folder, spec.Tag, $"EDGE_UNIT={_options.Owner}/{slot.Workload}.{slot.Index}");
        try
        {
            folder.Write(spec, program, unit.Mark, _boot, _options.LogBytes);
            Watch(unit);
            unit.ShimPid = Spawn.Start(_options.ShimPath, folder.Path, unit.Mark, folder.ShimErrors);
            unit.Shim = Descriptor.OfProcess(unit.ShimPid) ?? throw new IOException("the supervisor ended at once");
            _units[slot] = unit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unwatch(unit);
            if (unit.ShimPid > 0)
            {
                Reap(unit.ShimPid);
                unit.HasRemains = true;
                unit.IsEndTold = true;
                _units[slot] = unit;
            }
            else
            {
                folder.TryClear();
            }

            Refuse(spec, e.Message);
        }
    }

    private void Refuse(UnitSpec spec, string detail) =>
        _sink.Post(new UnitEnded(new UnitReport(spec.Tag, $"{spec.Tag.Slot.Workload}.{spec.Tag.Slot.Index}", 0, IsAlive: false) { Result = UnitResult.StartFailed, Detail = detail }));

    /// <summary>The shim has replaced its state.</summary>
    private void Heard(ProcessUnit unit)
    {
        var before = unit.Said;
        unit.Said = unit.Folder.ReadState();
        if (unit.Said.Phase == ShimPhase.Running && (unit.Said.Pid, unit.Said.PidStart) != (before.Pid, before.PidStart))
        {
            _sink.Post(new UnitStarted(unit.Report()));
        }
        else if (unit.Said.Phase == ShimPhase.Ended)
        {
            TellEnd(unit);
        }
    }

    private void TellEnd(ProcessUnit unit)
    {
        if (!unit.IsEndTold && !unit.IsStopping)
        {
            unit.IsEndTold = true;
            _sink.Post(new UnitEnded(unit.Report() with { IsAlive = false, Pid = 0 }));
        }
    }

    private static unsafe void Reap(int pid)
    {
        int status;
        _ = Libc.WaitPid(pid, &status, Libc.WaitNoHang);
    }

    private void ShimEnded(ProcessUnit unit)
    {
        Reap(unit.ShimPid);
        unit.Dispose();
        Heard(unit);
        unit.HasRemains = !unit.HasConcluded;
        Conclude(unit);
    }

    /// <summary>What there is to tell of a unit without a supervisor, as soon as nothing of it is left.</summary>
    private void Conclude(ProcessUnit unit)
    {
        if (unit.HasRemains && !Sweep(unit))
        {
            return;
        }

        if (unit.HasConcluded)
        {
            TellEnd(unit);
        }
        else if (!unit.IsStopping && !unit.IsEndTold)
        {
            unit.IsEndTold = true;
            var errors = unit.Folder.ReadShimErrors();
            _sink.Post(new UnitEnded(unit.Report() with
            {
                IsAlive = false,
                Pid = 0,
                Result = UnitResult.Unknown,
                Detail = errors.Length > 0 ? errors : "its supervisor was killed, and the work with it",
            }));
        }

        if (unit.IsStopping)
        {
            Remove(unit);
        }
    }

    private void Stop(RuntimeStop request)
    {
        if (!_units.TryGetValue(request.Slot, out var unit))
        {
            _sink.Post(new UnitGone(request.Slot));
            return;
        }

        unit.IsStopping = true;
        if (unit.Shim is not { } shim)
        {
            Conclude(unit);
            return;
        }

        try
        {
            unit.Folder.WriteStop(request.Rule);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full: the rule that it was started with holds.
        }

        unit.StopUntil = Environment.TickCount64 + (long)request.Rule.Timeout.TotalMilliseconds + StopGraceMs;
        shim.Signal(Libc.Terminate);
    }

    /// <summary>Its supervisor ends the work by the stop rule that it was started with, and does as its restart rule says.</summary>
    private void Restart(SlotId slot)
    {
        if (_units.TryGetValue(slot, out var unit) && !unit.IsStopping && unit.Said.Phase == ShimPhase.Running)
        {
            _ = unit.Shim?.Signal(Libc.UserOne);
        }
    }

    private void Check(RuntimeCheck request)
    {
        var slot = request.Spec.Tag.Slot;
        if (_units.TryGetValue(slot, out var unit) && unit is { IsStopping: false, Said.Phase: ShimPhase.Running })
        {
            _checks.Start(request, unit.Mark);
        }
        else
        {
            _sink.Post(new UnitChecked(slot, request.Id, CheckOutcome.NotRun, ""));
        }
    }

    private void Remove(ProcessUnit unit)
    {
        Unwatch(unit);
        unit.Dispose();
        unit.Folder.TryClear();
        _units.Remove(unit.Tag.Slot);
        _sink.Post(new UnitGone(unit.Tag.Slot));
    }

    /// <summary>Ends what carries the unit's mark and has no supervisor any more. Whether nothing was there; else it is to be looked for again.</summary>
    private static bool Sweep(ProcessUnit unit)
    {
        unit.HasRemains = false;
        foreach (var pid in ProcFile.WithVariable(unit.Mark))
        {
            if (unit.Dying.TryGetValue(pid, out var process) || (process = Descriptor.OfProcess(pid)) is not null)
            {
                unit.HasRemains |= process.Signal(Libc.Kill);
                unit.Dying[pid] = process;
            }
        }

        foreach (var (pid, process) in unit.Dying.Where(d => d.Value.IsReadable()).ToList())
        {
            unit.Dying.Remove(pid);
            process.Dispose();
        }

        unit.HasRemains |= unit.Dying.Count > 0;
        return !unit.HasRemains;
    }

    private void Watch(ProcessUnit unit)
    {
        unit.Watch = Libc.InotifyAddWatch(_inotify.Fd, unit.Folder.Path, Libc.InotifyMovedTo);
        if (unit.Watch < 0)
        {
            throw new IOException($"{unit.Folder.Path} can't be watched: raise fs.inotify.max_user_watches (sysctl)");
        }

        _byWatch[unit.Watch] = unit;
    }

    private void Unwatch(ProcessUnit unit)
    {
        if (unit.Watch >= 0)
        {
            _ = Libc.InotifyRemoveWatch(_inotify.Fd, unit.Watch);
            _byWatch.Remove(unit.Watch);
            unit.Watch = -1;
        }
    }

    /// <summary>Logs stay for who asks why it ended; not for ever.</summary>
    private void ForgetOldLogs()
    {
        var old = UnitFolder.All(_options.WorkDirectory).Where(f => !f.HasUnit).OrderByDescending(f => Directory.GetLastWriteTimeUtc(f.Path)).Skip(_options.OldLogsKept);
        foreach (var folder in old)
        {
            Directory.Delete(folder.Path, recursive: true);
        }
    }
}
