using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The signed payload of <c>retired/{node}/all</c>.</summary>
[ProtoContract(Name = "Retirement")]
public sealed class WireRetirement
{
    [ProtoMember(1)]
    public uint MajorVersion { get; set; }

    [ProtoMember(2)]
    public string? Node { get; set; }

    /// <summary>Of several words on a node the greater counts.</summary>
    [ProtoMember(3)]
    public long Serial { get; set; }

    /// <summary>False: it is enrolled again.</summary>
    [ProtoMember(4)]
    public bool IsRetired { get; set; }

    /// <summary>What the node said in sessions up to this counts no more.</summary>
    [ProtoMember(5)]
    public long Session { get; set; }

    /// <summary>Milliseconds since 1970, UTC, by the operator's clock.</summary>
    [ProtoMember(6)]
    public long SignedAtMs { get; set; }
}
