using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Protocol.Topics;

public enum TopicKind
{
    Intent,
    Copy,
    Presence,
    Status,
    Claim,
    SelfBarrier,
    SelfCanary,
    Command,
    CommandToAll,
    Ask,
    Reply,
    Event,
    Lease,
    Call,
    Vote,
    Grant,
    Retired,
}

/// <summary>A topic taken apart; which of the properties are set follows from <see cref="Kind"/>.</summary>
public readonly record struct Topic(TopicKind Kind)
{
    public WorkloadName Workload { get; init; }

    public int Index { get; init; }

    /// <summary>Of a claim.</summary>
    public int Bucket { get; init; }

    /// <summary>The topic's last part: who may write it. Of an intent and a command to all: none.</summary>
    public NodeId Node { get; init; }

    /// <summary>Of an ask and a vote: who is asked. Of a grant: who asked.</summary>
    public NodeId Holder { get; init; }

    public string? Client { get; init; }

    public string? Id { get; init; }
}
