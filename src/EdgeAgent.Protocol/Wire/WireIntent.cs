using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The signed payload of <c>intent/{workload}</c>. Without a spec it is a tombstone.</summary>
[ProtoContract(Name = "Intent")]
public sealed class WireIntent
{
    [ProtoMember(1)]
    public uint MajorVersion { get; set; }

    [ProtoMember(2)]
    public string? Workload { get; set; }

    /// <summary>16 bytes.</summary>
    [ProtoMember(3)]
    public byte[]? Incarnation { get; set; }

    [ProtoMember(4)]
    public long Generation { get; set; }

    [ProtoMember(5)]
    public WireSpec? Spec { get; set; }

    [ProtoMember(6)]
    public long RunId { get; set; }

    [ProtoMember(7)]
    public long EpochFloor { get; set; }

    /// <summary>16 bytes, or nothing.</summary>
    [ProtoMember(8)]
    public byte[]? Follows { get; set; }

    /// <summary>32 bytes, or nothing.</summary>
    [ProtoMember(9)]
    public byte[]? DerivedFrom { get; set; }

    [ProtoMember(10)]
    public List<string> Features { get; set; } = [];

    /// <summary>Milliseconds since 1970, UTC.</summary>
    [ProtoMember(11)]
    public long SignedAtMs { get; set; }

    [ProtoMember(12)]
    public WireFallback? Fallback { get; set; }

    /// <summary>What runs of this run, or of a later one, takes the limits without a start; 0: nothing does.</summary>
    [ProtoMember(13)]
    public long StartId { get; set; }
}

/// <summary>What was wanted before the work last changed.</summary>
[ProtoContract(Name = "Fallback")]
public sealed class WireFallback
{
    [ProtoMember(1)]
    public WireSpec? Spec { get; set; }

    [ProtoMember(2)]
    public long Generation { get; set; }

    [ProtoMember(3)]
    public long RunId { get; set; }

    /// <summary>Milliseconds since 1970, UTC.</summary>
    [ProtoMember(4)]
    public long SignedAtMs { get; set; }
}
