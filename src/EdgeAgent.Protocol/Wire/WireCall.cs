using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>call/{workload}/{index}/{node}</c>: nodes of this ring are asked to look after the slot; the first is its cohort.</summary>
[ProtoContract(Name = "Call")]
public sealed class WireCall
{
    [ProtoMember(1)]
    public int Ring { get; set; }
}
