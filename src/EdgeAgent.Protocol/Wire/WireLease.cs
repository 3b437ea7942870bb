using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>lease/{node}</c>. The two together are another with each renewal; nothing else is read from them.</summary>
[ProtoContract(Name = "Lease")]
public sealed class WireLease
{
    [ProtoMember(1)]
    public long Session { get; set; }

    [ProtoMember(2)]
    public long Counter { get; set; }
}
