namespace EdgeAgent.Simulation;

/// <summary>True time, which no node has: it goes on only when the world runs.</summary>
public sealed class SimClock : TimeProvider
{
    internal static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeSpan Now { get; internal set; }

    /// <summary>How wrong all wall clocks are; time itself goes on as ever.</summary>
    public TimeSpan WallError { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => Epoch + Now + WallError;
}
