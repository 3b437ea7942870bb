namespace EdgeAgent.Linux.Systemd;

/// <summary>A timer as the manager describes it (org.freedesktop.systemd1(5), Timer).</summary>
public readonly struct TimerSnapshot
{
    /// <summary>How much later than asked a fence may fall (systemd.timer(5), AccuracySec=).</summary>
    public const ulong AccuracyMicrosecondsMax = 10_000;

    /// <summary>For a person.</summary>
    public const string DoesNotWait = "its time was past, or somebody stopped it or the lease";

    /// <summary>Its time is to come.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>The unit that it starts.</summary>
    public string Starts { get; init; }

    /// <summary>On the monotonic clock.</summary>
    public ulong ElapsesAtMicroseconds { get; init; }

    /// <summary>How much later it may be.</summary>
    public ulong AccuracyMicroseconds { get; init; }

    /// <summary>Empty where it stands as asked; else what is otherwise, for a person.</summary>
    public string Lack(string starts, FenceTime at) =>
        !IsWaiting ? DoesNotWait
        : Starts != starts ? $"its drop-in {FenceName.TimerPrefix}.timer.d is not there"
        : AccuracyMicroseconds > AccuracyMicrosecondsMax ? "something sets its AccuracySec="
        : ElapsesAtMicroseconds != at.Microseconds ? "it has another time than it was told"
        : "";
}
