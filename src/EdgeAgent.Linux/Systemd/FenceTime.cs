namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// A point of the monotonic clock as a timer can be told it: as a time since the manager began (systemd.timer(5), OnStartupSec=). It doesn't move with the moment
/// at which the manager reads it, so that a request that was on its way for too long prolongs nothing.
/// </summary>
/// <param name="SinceStartMicroseconds">Whole milliseconds: that is what the manager keeps of it when it reads its units anew.</param>
/// <param name="Microseconds">On the monotonic clock, and never later than asked.</param>
public readonly record struct FenceTime(ulong SinceStartMicroseconds, ulong Microseconds)
{
    private const ulong MicrosecondsOfMillisecond = 1000;

    /// <param name="until">On the monotonic clock.</param>
    /// <param name="managerStartMicroseconds">When the manager began, on the same clock.</param>
    public static FenceTime Of(TimeSpan until, ulong managerStartMicroseconds)
    {
        var asked = until > TimeSpan.Zero ? (ulong)(until.Ticks / TimeSpan.TicksPerMicrosecond) : 0;
        var since = asked > managerStartMicroseconds ? (asked - managerStartMicroseconds) / MicrosecondsOfMillisecond * MicrosecondsOfMillisecond : 0;
        return new FenceTime(since, managerStartMicroseconds + since);
    }
}
