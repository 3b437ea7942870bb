using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>ask/{holder}/{node}</c> where the asker would take a slot that the holder runs; an empty one asks whether it is there.</summary>
[ProtoContract(Name = "Wish")]
public sealed class WireWish
{
    [ProtoMember(1)]
    public string? Workload { get; set; }

    [ProtoMember(2)]
    public int Index { get; set; }

    /// <summary>Of the holder's claim.</summary>
    [ProtoMember(3)]
    public long Epoch { get; set; }

    /// <summary>What the slot would score on the asker, 1 to 1,000,000.</summary>
    [ProtoMember(4)]
    public int Score { get; set; }
}
