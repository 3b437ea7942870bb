namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// A point of the monotonic clock as a timer can be told it: as a time since the manager began (systemd.timer(5), OnStartupSec=). It doesn't move with the moment
/// at which the manager reads it, so that a request that was on its way for too long prolongs nothing.
/// </summary>
/// <param name="until">On the monotonic clock.</param>
/// <param name="managerStartMicroseconds">When the manager began, on the same clock.</param>
public readonly struct FenceTime(TimeSpan until, ulong managerStartMicroseconds)
{
    private const ulong MicrosecondsOfMillisecond = 1000;

    /// <summary>Whole milliseconds: that is what the manager keeps of it when it reads its units anew.</summary>
    public ulong SinceStartMicroseconds { get; } =
        (ulong)Math.Max(0, (until.Ticks / TimeSpan.TicksPerMicrosecond) - (long)managerStartMicroseconds) / MicrosecondsOfMillisecond * MicrosecondsOfMillisecond;

    /// <summary>On the monotonic clock, and never later than asked unless that was before the manager began.</summary>
    public ulong Microseconds => managerStartMicroseconds + SinceStartMicroseconds;
}
