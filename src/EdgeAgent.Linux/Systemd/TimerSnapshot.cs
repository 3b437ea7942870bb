namespace EdgeAgent.Linux.Systemd;

/// <summary>A timer as the manager describes it (org.freedesktop.systemd1(5), Timer).</summary>
public readonly struct TimerSnapshot
{
    /// <summary>How much later than asked a fence may fall (systemd.timer(5), AccuracySec=).</summary>
    public const ulong AccuracyMicrosecondsMax = 10_000;

    public string ActiveState { get; init; }

    /// <summary><c>waiting</c>: its time is to come.</summary>
    public string SubState { get; init; }

    /// <summary>The unit that it starts.</summary>
    public string Starts { get; init; }

    /// <summary>On the monotonic clock.</summary>
    public ulong ElapsesAtMicroseconds { get; init; }

    /// <summary>How much later it may be.</summary>
    public ulong AccuracyMicroseconds { get; init; }

    public bool IsWaiting => ActiveState == "active" && SubState == "waiting";

    /// <summary>Empty where it stands as asked; else what is otherwise, for a person.</summary>
    public string Lack(string starts, FenceTime at) =>
        !IsWaiting ? $"it is {ActiveState} ({SubState}), where it has to wait"
        : Starts != starts ? $"it starts {Starts} and not {starts}: is the package's drop-in {FenceName.TimerPrefix}.timer.d there?"
        : AccuracyMicroseconds > AccuracyMicrosecondsMax ? $"it may be late by {AccuracyMicroseconds} µs: something sets its AccuracySec="
        : ElapsesAtMicroseconds != at.Microseconds ? $"it elapses at {ElapsesAtMicroseconds} and not at {at.Microseconds}"
        : "";
}
