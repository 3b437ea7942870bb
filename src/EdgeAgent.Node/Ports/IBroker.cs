namespace EdgeAgent.Node.Ports;

/// <summary>
/// One MQTT connection at a time. Requests return at once; the answers come as inputs, in the order of the wire. Requests
/// go out in the order of submission (a SUBSCRIBE and the barrier's PUBLISH behind it need no round trip between them).
/// </summary>
public interface IBroker
{
    void Submit(BrokerRequest request);
}

public abstract record BrokerRequest
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>
/// Connects with a clean session and this will (retained, QoS 1), or none. Answered by <see cref="BrokerConnected"/> or
/// <see cref="BrokerLost"/>. <paramref name="Attempt"/> is given back, so that a late answer of an older connection is known as such.
/// </summary>
public sealed record BrokerConnect(long Attempt, string ClientId, string? WillTopic, ReadOnlyMemory<byte> WillPayload) : BrokerRequest;

/// <summary>A DISCONNECT (no will fires). Answered by <see cref="BrokerLost"/>.</summary>
public sealed record BrokerDisconnect(long Attempt) : BrokerRequest;

/// <summary>QoS 1. Answered by <see cref="BrokerSubscribed"/>.</summary>
public sealed record BrokerSubscribe(long Attempt, long Id, IReadOnlyList<string> Filters) : BrokerRequest;

public sealed record BrokerUnsubscribe(long Attempt, IReadOnlyList<string> Filters) : BrokerRequest;

/// <summary>QoS 1, answered by <see cref="BrokerPublished"/> where <paramref name="Id"/> isn't 0. An empty retained payload clears the topic.</summary>
public sealed record BrokerPublish(long Attempt, long Id, string Topic, ReadOnlyMemory<byte> Payload, bool Retain) : BrokerRequest;

public sealed record BrokerConnected(long Attempt, string Description) : NodeInput;

/// <summary>The connection ended or didn't come about; requests under way are lost without an answer of their own.</summary>
public sealed record BrokerLost(long Attempt, string Reason) : NodeInput;

/// <summary>One flag a filter: whether the broker granted it.</summary>
public sealed record BrokerSubscribed(long Attempt, long Id, IReadOnlyList<bool> Granted) : NodeInput;

/// <summary>The broker acknowledged it, or refused it with the reason.</summary>
public sealed record BrokerPublished(long Attempt, long Id, string? Refusal) : NodeInput;

/// <summary><paramref name="Retained"/> is the wire's flag: the message was stored before this subscription.</summary>
public sealed record BrokerMessage(long Attempt, string Topic, ReadOnlyMemory<byte> Payload, bool Retained) : NodeInput;
