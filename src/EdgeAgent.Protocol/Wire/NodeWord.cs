using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The outer message of everything that a node says. There is room for a signature; nodes don't sign yet.</summary>
[ProtoContract(Name = "NodeWord")]
public sealed class NodeWord
{
    /// <summary>An unknown one is refused, counted and told.</summary>
    [ProtoMember(1)]
    public uint MajorVersion { get; set; }

    [ProtoMember(2)]
    public byte[]? Body { get; set; }

    [ProtoMember(3)]
    public byte[]? Signature { get; set; }
}
