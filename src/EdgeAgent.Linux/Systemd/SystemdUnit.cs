using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.AppArmor;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>A unit of this agent that the runtime's thread watches.</summary>
/// <param name="name">The agent's own unit, which carries its mark.</param>
/// <param name="tag">Which launch it is.</param>
/// <param name="subject">The unit that does the work, where that is another one.</param>
/// <param name="image">The portable image that the subject comes in.</param>
internal sealed class SystemdUnit(string name, UnitTag tag, string? subject = null, string? image = null)
{
    private const string ServiceSuffix = ".service";

    private UnitSnapshot? _coming;

    public string Name => name;

    public UnitTag Tag => tag;

    /// <summary>The unit that does the work.</summary>
    public string Subject { get; } = subject ?? name;

    public string? Image => image;

    /// <summary>The subject is a unit that the agent didn't make.</summary>
    public bool IsForeign => subject is not null;

    public bool IsService { get; } = (subject ?? name).EndsWith(ServiceSuffix, StringComparison.Ordinal);

    /// <summary>It hangs on the lease of exclusive work.</summary>
    public bool IsFenced { get; init; }

    /// <summary>How its process has to be held; none: nothing is looked for.</summary>
    public SandboxLevel Sandbox { get; init; } = SandboxLevel.None;

    /// <summary>With which profile AppArmor has to hold its process; null: with none, or it is being loaded.</summary>
    public LoadedProfile? Profile { get; set; }

    /// <summary>Which programs hold its group to its network rules; null: it has none.</summary>
    public string? Filter { get; init; }

    /// <summary>Its profile is being loaded.</summary>
    public bool IsLoading { get; set; }

    /// <summary>Of the subject.</summary>
    public string Path { get; } = UnitName.PathOf(subject ?? name);

    /// <summary>Its start is under way: asked for, and its job hasn't ended.</summary>
    public bool IsStarting { get; set; }

    /// <summary>How the start's job ended; empty where that wasn't heard.</summary>
    public string JobResult { get; set; } = "";

    /// <summary>As the manager's signals have told, over what was read; null before either, and where the manager may have forgotten it.</summary>
    public UnitSnapshot? Now { get; private set; }

    /// <summary>Something of it changed since it was last looked at.</summary>
    public bool IsStale { get; set; } = true;

    /// <summary>The process that the loop was last told of; a pid may be given again, so with its start. Null: of none.</summary>
    public (int Pid, ulong Started)? Told { get; set; }

    /// <summary>It is starting for as long as it works (systemd.service(5), Type=oneshot).</summary>
    public bool IsOneshot { get; set; }

    /// <summary>Its image.</summary>
    public bool IsAttached { get; set; }

    public bool IsDetaching { get; set; }

    /// <summary>What went wrong at its end, for a person; empty: nothing.</summary>
    public string Trouble { get; set; } = "";

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

    public bool IsRunning(UnitSnapshot now) => IsForeign
        ? now.ActiveState is "active" or "reloading" || (IsOneshot && now is { ActiveState: "activating", MainPid: > 0 })
        : now.IsRunning;

    public bool IsDown(UnitSnapshot now) => IsForeign ? now is { HasJob: false, ActiveState: "inactive" or "failed" } : now.IsDown;

    public UnitReport Report(UnitSnapshot now)
    {
        var report = new UnitReport(tag, Subject, IsRunning(now) ? now.MainPid : 0, !IsDown(now)) { StartedAt = now.StartedAt, Restarts = now.Restarts };
        if (!IsDown(now))
        {
            return report;
        }

        var hasRun = Told is not null || JobResult is "" or "done";
        var (result, status, detail) = JobResult == "dependency" ? (UnitResult.StartFailed, 0, $"a unit that {Subject} needs has failed (systemctl list-dependencies {Subject})")
            : IsForeign && now.EndedWell ? (UnitResult.Success, 0, "")
            : now.End(hasRun);

        // With the work's own units no such limit is set.
        detail += now is { IsFailed: true, Restarts: > 0 } ? "; systemd restarted it and gave up (systemd.unit(5), StartLimitBurst=)" : "";
        return report with { Result = result, Status = status, Detail = detail };
    }
}
