namespace EdgeAgent.Node;

/// <summary>The loop's time: one reading a turn, so that everything in a turn happens at the same time.</summary>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Monotonic, since the loop was made.</summary>
    public TimeSpan Now { get; private set; }

    public DateTimeOffset Wall { get; private set; } = time.GetUtcNow();

    /// <summary>A time of this clock on the machine's monotonic one, which outlives the agent.</summary>
    public TimeSpan ToMachine(TimeSpan at) => at + time.GetElapsedTime(0, _start);

    /// <summary>The inverse of <see cref="ToMachine"/>.</summary>
    public TimeSpan FromMachine(TimeSpan at) => at - time.GetElapsedTime(0, _start);

    public void Read()
    {
        Now = time.GetElapsedTime(_start);
        Wall = time.GetUtcNow();
    }
}
