using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The signed payload of <c>cmd/{node}</c> and <c>cmd/all</c>.</summary>
[ProtoContract(Name = "Command")]
public sealed class WireCommand
{
    [ProtoMember(1)]
    public uint MajorVersion { get; set; }

    /// <summary>A DNS label, random; the same one is carried out once.</summary>
    [ProtoMember(2)]
    public string? Id { get; set; }

    /// <summary>Milliseconds since 1970, UTC.</summary>
    [ProtoMember(3)]
    public long ExpiresAtMs { get; set; }

    [ProtoMember(4)]
    public string? Verb { get; set; }

    [ProtoMember(5)]
    public List<WirePair> Arguments { get; set; } = [];

    /// <summary>A DNS label: the answer goes to <c>reply/{client}/{id}/{node}</c>.</summary>
    [ProtoMember(6)]
    public string? ReplyClient { get; set; }
}

/// <summary>The body of <c>reply/{client}/{id}/{node}</c>: chunks in sequence, then the end or an error.</summary>
[ProtoContract(Name = "Reply")]
public sealed class WireReply
{
    [ProtoMember(1)]
    public long Sequence { get; set; }

    [ProtoMember(2)]
    public byte[]? Chunk { get; set; }

    [ProtoMember(3)]
    public bool IsEnd { get; set; }

    [ProtoMember(4)]
    public string? Error { get; set; }

    /// <summary>What the chunk is about where an answer has several parts, as <c>hello/3</c>.</summary>
    [ProtoMember(5)]
    public string? Subject { get; set; }

    /// <summary>Of a log: where its next question may go on (<c>cursor</c>).</summary>
    [ProtoMember(6)]
    public string? Cursor { get; set; }
}

/// <summary>The body of <c>event/{node}</c>.</summary>
[ProtoContract(Name = "Event")]
public sealed class WireEvent
{
    /// <summary>Milliseconds since 1970, UTC, by the node's clock.</summary>
    [ProtoMember(1)]
    public long AtMs { get; set; }

    [ProtoMember(2)]
    public string? Kind { get; set; }

    [ProtoMember(3)]
    public string? Subject { get; set; }

    [ProtoMember(4)]
    public string? Reason { get; set; }

    [ProtoMember(5)]
    public string? Message { get; set; }

    [ProtoMember(6)]
    public long Suppressed { get; set; }
}
