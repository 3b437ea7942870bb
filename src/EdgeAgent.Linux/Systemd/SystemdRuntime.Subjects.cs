using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Units whose files are on the device, or come in an image: started, followed and stopped, and nothing in them changed. Whose slot such a unit is says a unit
/// of the agent's own beside it, the mark: it is there before its subject is started, has no process, and is there until the subject has ended.
/// </summary>
public sealed partial class SystemdRuntime
{
    private void StartSubject(ManagerBus manager, UnitSpec spec, UnitRun run)
    {
        var name = _names.Of(spec.Tag.Slot);
        if (_units.Values.FirstOrDefault(u => u.Subject == run.Unit) is { } other)
        {
            Refuse(spec, run.Unit, $"{run.Unit} is the work of {other.Tag.Slot} here, and a device has a unit only once");
            return;
        }

        var call = manager.BeginTransient(name, m => UnitProperties.WriteMark(m, spec.Tag, _names.Marks(spec.Tag, run), run, _options));
        var unit = Watch(new SystemdUnit(name, spec.Tag, run.Unit, run.Portable?.Path) { IsStarting = true, IsStale = false });
        _jobs.Expect(call, end => Marked(unit, spec, run, end));
    }

    private void Marked(SystemdUnit unit, UnitSpec spec, UnitRun run, JobEnd end)
    {
        var isMarked = end is { Fate: JobFate.Ended, Result: "done" } || (end is { Fate: JobFate.Refused, Error.Name: UnitExists } && IsMarkOf(unit));
        if (!isMarked || unit.IsStopping)
        {
            StartEnded(unit, spec, end);
        }
        else if (run.Portable is { } image)
        {
            PortableImages.Attach(image, run.Unit, error => Later(() => Attached(unit, spec, error)));
        }
        else
        {
            Attached(unit, spec, null);
        }
    }

    /// <summary>It was asked for on a connection that was lost before the answer came.</summary>
    private bool IsMarkOf(SystemdUnit unit) =>
        _manager is { } manager && manager.IsLoaded(unit.Name) && _names.TryReadMarks(manager.ReadEnvironment(unit.Name), out var tag) && tag == unit.Tag;

    private void Attached(SystemdUnit unit, UnitSpec spec, string? hindrance)
    {
        unit.IsAttached = hindrance is null;
        if (hindrance is not null || unit.IsStopping)
        {
            SubjectFailed(unit, hindrance ?? "");
            return;
        }

        try
        {
            // None: the connection is lost, and the next one begins anew.
            if (_manager is not { } manager)
            {
                SubjectStarted(unit, spec, new JobEnd(JobFate.Unanswered));
            }
            else if (WhyNoUnit(manager, unit.Subject) is { } lack)
            {
                SubjectFailed(unit, lack);
            }
            else
            {
                // As an operator would: what failed before, and a start limit, doesn't count for this start.
                manager.TryResetFailed(unit.Subject);
                unit.IsOneshot = manager.IsOneshot(unit.Subject);
                _jobs.Expect(manager.Begin(SystemdContract.StartUnit, unit.Subject), end => SubjectStarted(unit, spec, end));
            }
        }
        catch (BusException)
        {
            SubjectStarted(unit, spec, new JobEnd(JobFate.Unanswered));
            throw;
        }
    }

    private static string? WhyNoUnit(ManagerBus manager, string unit) => manager.ReadLoadState(unit) switch
    {
        "loaded" => null,
        "not-found" => $"there is no unit {unit} on this device",
        "masked" => $"{unit} is masked on this device (systemctl unmask {unit})",
        var state => $"{unit} can't be used: systemd says {state} (systemctl status {unit})",
    };

    private void SubjectStarted(SystemdUnit unit, UnitSpec spec, JobEnd end)
    {
        switch (end.Fate)
        {
            case JobFate.Refused:
                SubjectFailed(unit, BusRefusal.Explain(end.Error, BusRefusal.ManageUnits, $"start {unit.Name}"));
                break;
            case JobFate.Unanswered when !unit.IsStopping:
                // Starting what is started already does no harm.
                Unwatch(unit);
                Again(new RuntimeStart(spec));
                break;
            default:
                (unit.IsStarting, unit.IsStale, unit.JobResult) = (false, true, end.Result);
                break;
        }
    }

    /// <summary>Its mark stays until the slot is stopped, as with all that has ended.</summary>
    private void SubjectFailed(SystemdUnit unit, string detail)
    {
        (unit.IsStarting, unit.IsStale) = (false, true);
        if (!unit.IsStopping)
        {
            TellEnd(unit, new UnitReport(unit.Tag, unit.Subject, 0, IsAlive: false) { Result = UnitResult.StartFailed, Detail = detail });
        }
    }

    /// <summary>When the subject has ended its image is detached, then its mark goes, and then nothing of the slot is left.</summary>
    private void PursueSubject(ManagerBus manager, SystemdUnit unit, UnitSnapshot? now)
    {
        if (unit.IsStarting || unit.IsDetaching)
        {
            return;
        }

        if (now is not null && !(unit.IsDown(now) && manager.HasNoProcess(unit.Subject)))
        {
            KillWhenDue(manager, unit);
        }
        else if (unit.Image is { } image && unit.IsAttached)
        {
            unit.IsDetaching = true;
            PortableImages.Detach(image, error => Later(() => Detached(unit, error)));
        }
        else if (!manager.TryStop(unit.Name))
        {
            Unwatch(unit);
            _sink.Post(new UnitGone(unit.Tag.Slot, unit.Trouble));
        }
    }

    /// <summary>An image that stays attached runs nothing: the slot is given up all the same, and the operator told.</summary>
    private static void Detached(SystemdUnit unit, string? error) =>
        (unit.IsDetaching, unit.IsAttached, unit.IsStale, unit.Trouble) = (false, false, true, error ?? "");
}
