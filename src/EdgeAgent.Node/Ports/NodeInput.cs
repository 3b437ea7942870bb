namespace EdgeAgent.Node.Ports;

/// <summary>
/// Anything that reaches the loop from outside: a message, a completion, a question from the local socket. Each port file
/// has its own. Adapters only enqueue; the loop handles.
/// </summary>
public abstract record NodeInput
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Where adapters put what they have for the loop. Callable from any thread.</summary>
public interface IInputSink
{
    /// <summary>
    /// For completions, whose number the loop itself bounds by what it has submitted. Never refuses, never blocks.
    /// </summary>
    void Post(NodeInput input);

    /// <summary>
    /// For what strangers send: false when the queue is full. The adapter then waits (<see cref="WaitForRoom"/>), which makes
    /// the sender wait by TCP's own back-pressure.
    /// </summary>
    bool TryPost(NodeInput input);

    /// <summary>Blocks the calling adapter's thread until there may be room, at most <paramref name="patience"/>.</summary>
    void WaitForRoom(TimeSpan patience);
}
