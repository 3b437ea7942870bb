using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>presence/{node}</c>.</summary>
[ProtoContract(Name = "Presence")]
public sealed class WirePresence
{
    [ProtoMember(1)]
    public long Session { get; set; }

    [ProtoMember(2, DataFormat = DataFormat.FixedSize)]
    public ulong Instance { get; set; }

    /// <summary>1 offline, 2 online, 3 draining, 4 restarting.</summary>
    [ProtoMember(3)]
    public uint State { get; set; }

    /// <summary>Milliseconds since 1970, UTC; of restarting.</summary>
    [ProtoMember(4)]
    public long UntilMs { get; set; }

    [ProtoMember(5)]
    public string? Version { get; set; }

    [ProtoMember(6)]
    public bool StoreSuspect { get; set; }
}
