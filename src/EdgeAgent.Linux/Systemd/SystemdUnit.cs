using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>A unit of this agent that the runtime's thread watches.</summary>
internal sealed class SystemdUnit(string name, UnitTag tag)
{
    private UnitSnapshot? _coming;

    public string Name => name;

    public UnitTag Tag => tag;

    public string Path { get; } = UnitName.PathOf(name);

    /// <summary>Its start is under way: asked for, and its job hasn't ended.</summary>
    public bool IsStarting { get; set; }

    /// <summary>How the start's job ended; empty where that wasn't heard.</summary>
    public string JobResult { get; set; } = "";

    /// <summary>As the manager's signals have told, over what was read; null before either, and where the manager may have forgotten it.</summary>
    public UnitSnapshot? Now { get; private set; }

    /// <summary>Something of it changed since it was last looked at.</summary>
    public bool IsStale { get; set; } = true;

    /// <summary>The process that the loop was last told of; a pid may be given again, so with its start.</summary>
    public (int Pid, ulong Started) Told { get; set; }

    public bool IsEndTold { get; set; }

    public bool IsStopping { get; set; }

    /// <summary>When what is left of it is killed; monotonic milliseconds.</summary>
    public long KillAt { get; set; } = long.MaxValue;

    /// <summary>It was read, whole.</summary>
    public void Know(UnitSnapshot? now) => (Now, _coming) = (now, now);

    /// <summary>It has to be read again before anything can be said of it.</summary>
    public void Doubt() => (Now, _coming, IsStale) = (null, null, true);

    public void Hear(UnitChange change)
    {
        _coming = change.Apply(_coming ?? UnitSnapshot.Blank);
        if (change.IsLast)
        {
            (Now, IsStale) = (_coming, true);
        }
    }

    public UnitReport Report(UnitSnapshot now)
    {
        var report = new UnitReport(tag, name, now.IsRunning ? now.MainPid : 0, !now.IsDown) { StartedAt = now.StartedAt, Restarts = now.Restarts };
        if (!now.IsDown)
        {
            return report;
        }

        var (result, status, detail) = now.End(Told.Pid > 0 || JobResult is "" or "done");
        return report with { Result = result, Status = status, Detail = detail };
    }
}
