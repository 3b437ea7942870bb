namespace EdgeAgent.Linux.Store;

/// <summary>The store can't be used, and the agent must not start without it. The message says what to do.</summary>
public sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A second try would find the same: somebody has to act.</summary>
    public bool IsLasting { get; init; }
}
