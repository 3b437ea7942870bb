using EdgeAgent.Protocol.Topics;

namespace EdgeCtl.Connection;

/// <summary>What a broker delivered on a topic of this cell. An empty payload clears a retained topic.</summary>
internal readonly record struct FleetMessage(Topic Topic, ReadOnlyMemory<byte> Payload, bool Retained);
