using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>claim/{workload}/{index}/{node}</c>; the slot and the node are the topic's.</summary>
[ProtoContract(Name = "Claim")]
public sealed class WireClaim
{
    [ProtoMember(1)]
    public byte[]? Incarnation { get; set; }

    [ProtoMember(2)]
    public long Generation { get; set; }

    [ProtoMember(3)]
    public long Epoch { get; set; }

    [ProtoMember(4)]
    public uint Phase { get; set; }

    /// <summary>0 to 1,000,000.</summary>
    [ProtoMember(5)]
    public int Score { get; set; }

    [ProtoMember(6)]
    public long Session { get; set; }

    [ProtoMember(7)]
    public long Rev { get; set; }

    [ProtoMember(8, DataFormat = DataFormat.FixedSize)]
    public ulong Instance { get; set; }

    /// <summary>The number of Core's partition policy plus one.</summary>
    [ProtoMember(9)]
    public uint Mode { get; set; }

    [ProtoMember(10)]
    public long RunId { get; set; }

    [ProtoMember(11)]
    public long StopTimeoutMs { get; set; }

    [ProtoMember(12)]
    public int Attempts { get; set; }

    [ProtoMember(13)]
    public string? Unit { get; set; }

    [ProtoMember(14)]
    public int Pid { get; set; }

    [ProtoMember(15)]
    public string? Reason { get; set; }

    /// <summary>Of exclusive work: how long its holder may run it unheard.</summary>
    [ProtoMember(16)]
    public long LeaseMs { get; set; }

    /// <summary>Which devices its work has there.</summary>
    [ProtoMember(17)]
    public List<WireDeviceShare> Devices { get; set; } = [];

    /// <summary>Its node is to be rid of it: others may bid, and it runs there until one of them runs it.</summary>
    [ProtoMember(18)]
    public bool IsLeaving { get; set; }

    /// <summary>The epoch that its work was launched under, where that is another.</summary>
    [ProtoMember(19)]
    public long LaunchedAt { get; set; }

    /// <summary>The run that this node knows to be rejected.</summary>
    [ProtoMember(20)]
    public long Rejected { get; set; }

    /// <summary>Its work took another's place lately.</summary>
    [ProtoMember(21)]
    public bool IsOnTrial { get; set; }

    /// <summary>The slots on its node that go, or went, for it: <c>workload/index</c>.</summary>
    [ProtoMember(22)]
    public List<string> Displaces { get; set; } = [];

    /// <summary>It is held, and waits until they have gone.</summary>
    [ProtoMember(23)]
    public bool IsMakingRoom { get; set; }

    /// <summary>With IsLeaving: it runs outside its domain, and only nodes of that bid.</summary>
    [ProtoMember(25)]
    public bool IsMisplaced { get; set; }

    /// <summary>What is reserved for its work. On the node's own disk only; its devices are those of the claim.</summary>
    [ProtoMember(26)]
    public WireResources? Room { get; set; }

    /// <summary>Another needs such a score to take it over: with IsLeaving it bids, else it need not wish for it with less.</summary>
    [ProtoMember(27)]
    public int OfferedAbove { get; set; }
}
