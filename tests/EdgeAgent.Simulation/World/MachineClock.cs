namespace EdgeAgent.Simulation;

/// <summary>
/// A machine's own clocks. The monotonic one begins anywhere, goes a little wrong and stands still in suspend (CLOCK_MONOTONIC, clock_gettime(2)); the wall clock jumps.
/// Whole numbers throughout, so that every processor counts the same.
/// </summary>
public sealed class MachineClock(SimClock truth) : TimeProvider
{
    private const long Million = 1_000_000;

    private TimeSpan _local;
    private TimeSpan _since;

    /// <summary>How much too fast it goes, in millionths; below zero: too slow.</summary>
    public long DriftPpm { get; private set; }

    /// <summary>How wrong this machine's wall clock is.</summary>
    public TimeSpan WallError { get; set; }

    public bool IsStopped { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now => _local + (IsStopped ? TimeSpan.Zero : TimeSpan.FromTicks(DriftPpm == 0 ? (truth.Now - _since).Ticks : Scaled((truth.Now - _since).Ticks, Million + DriftPpm, Million)));

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => truth.GetUtcNow() + WallError;

    /// <summary>As from here on it begins at <paramref name="now"/> and goes so wrong.</summary>
    public void Set(TimeSpan now, long driftPpm) => (_local, _since, DriftPpm) = (now, truth.Now, driftPpm);

    public void Stop() => (_local, _since, IsStopped) = (Now, truth.Now, true);

    public void GoOn() => (_since, IsStopped) = (truth.Now, false);

    /// <summary>How long in true time until this clock has gone on by <paramref name="local"/>: never too short.</summary>
    public TimeSpan InTruth(TimeSpan local) => TimeSpan.FromTicks(DriftPpm == 0 ? local.Ticks : Scaled(local.Ticks, Million, Million + DriftPpm) + 1);

    private static long Scaled(long ticks, long by, long over) => (long)((Int128)ticks * by / over);
}
