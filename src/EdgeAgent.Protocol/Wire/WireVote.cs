using ProtoBuf;

namespace EdgeAgent.Protocol.Wire;

/// <summary>The body of <c>vote/{voter}/{workload}/{index}/{node}</c>: a voter of exclusive work is asked to grant a slot to a claim, or told that the claim was given up.</summary>
[ProtoContract(Name = "Vote")]
public sealed class WireVote
{
    [ProtoMember(1)]
    public WireClaim? Claim { get; set; }

    /// <summary>By a clock of who asks, in units of its own; it comes back with the answer.</summary>
    [ProtoMember(2)]
    public long AskedAt { get; set; }
}

/// <summary>The body of <c>grant/{node}/{workload}/{index}/{voter}</c>: the voter's answer.</summary>
[ProtoContract(Name = "Grant")]
public sealed class WireGrant
{
    [ProtoMember(1)]
    public long Epoch { get; set; }

    /// <summary>Of the agent that asked.</summary>
    [ProtoMember(2, DataFormat = DataFormat.FixedSize)]
    public ulong Instance { get; set; }

    [ProtoMember(3)]
    public long AskedAt { get; set; }

    [ProtoMember(4)]
    public bool IsGranted { get; set; }

    /// <summary>The highest epoch of the slot that this voter has granted.</summary>
    [ProtoMember(5)]
    public long Highest { get; set; }

    [ProtoMember(6)]
    public long RetryAfterMs { get; set; }

    [ProtoMember(7)]
    public string? Reason { get; set; }
}
