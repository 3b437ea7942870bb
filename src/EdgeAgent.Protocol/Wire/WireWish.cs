using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>
/// The body of <c>ask/{holder}/{node}</c> about one slot. Where the asker would take it over it has the score of that; without one it asks for the holder's latest word of a slot that nobody wants. An empty body asks whether
/// the holder is there.
/// </summary>
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

    /// <summary>What the slot would score on the asker, 1 to 1,000,000. 0: it is not wished for, but asked about.</summary>
    [ProtoMember(4)]
    public int Score { get; set; }

    /// <summary>Of what is asked about: by which agent of that name the word was said that stands there.</summary>
    [ProtoMember(5, DataFormat = DataFormat.FixedSize)]
    public ulong Instance { get; set; }
}
