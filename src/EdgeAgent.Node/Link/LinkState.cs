namespace EdgeAgent.Node.Link;

/// <summary>Where the connection to the broker stands.</summary>
public enum LinkState
{
    /// <summary>Not connected; a deadline says when it is tried again.</summary>
    Waiting,

    /// <summary>A session number is being reserved on disk.</summary>
    Reserving,
    Connecting,

    /// <summary>The own retained words are being read.</summary>
    ReadingOwn,

    /// <summary>Another may live under this name: nothing but the presence is said until it has had time to come back.</summary>
    Doubting,

    /// <summary>Intents, presences and claims are being read.</summary>
    Reading,

    /// <summary>Everything retained has been read.</summary>
    Ready,

    /// <summary>The farewell waits for its acknowledgement.</summary>
    Leaving,

    /// <summary>Disconnected for good.</summary>
    Left,
}
