namespace EdgeAgent.Core.Fleet;

/// <summary>The numbers are the wire's.</summary>
public enum PresenceState
{
    Offline = 1,
    Online = 2,

    /// <summary>Online, takes nothing new.</summary>
    Draining = 3,

    /// <summary>
    /// Off, and likely back before <see cref="Presence.RestartingUntil"/>. That is for people: its work ends with the machine, and moves after its
    /// <c>lostAfter</c> as that of any node which is off.
    /// </summary>
    Restarting = 4,
}

/// <summary>
/// Whether a node is connected, as it or its will says. <see cref="Session"/> counts its connections and is kept on its disk;
/// <see cref="Instance"/> is random, drawn at each start.
/// </summary>
public sealed record Presence(NodeId Node, long Session, ulong Instance, PresenceState State)
{
    public DateTimeOffset? RestartingUntil { get; init; }

    /// <summary>It says that it isn't there, or soon won't be.</summary>
    public bool IsAway => State is PresenceState.Offline or PresenceState.Restarting;

    /// <summary>The agent's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>Its broker's store is suspect to it: others should offer their copies.</summary>
    public bool StoreSuspect { get; init; }
}
