namespace EdgeAgent.Node;

/// <summary>The loop's time: one reading a turn, so that everything in a turn happens at the same time.</summary>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Monotonic, since the loop was made.</summary>
    public TimeSpan Now { get; private set; }

    public DateTimeOffset Wall { get; private set; } = time.GetUtcNow();

    public void Read()
    {
        Now = time.GetElapsedTime(_start);
        Wall = time.GetUtcNow();
    }
}
