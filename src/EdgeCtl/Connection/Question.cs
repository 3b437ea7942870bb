using EdgeAgent.Core.Fleet;

namespace EdgeCtl.Connection;

/// <summary>What one node was asked, and how far its answer is.</summary>
public sealed class Question(string id, NodeId node)
{
    public string Id => id;

    public NodeId Node => node;

    public bool IsEnded { get; internal set; }

    /// <summary>Replies that never came: the broker dropped them.</summary>
    public long Lost { get; internal set; }

    /// <summary>Replies that the reader is through with: set by it, told to the node at the next renewal.</summary>
    public long Through { get; set; }

    /// <summary>When something came last, or it was asked; of <see cref="Environment.TickCount64"/>.</summary>
    public long HeardAt { get; internal set; }

    /// <summary>Whether the node has answered at all.</summary>
    public bool IsHeard => Next > 0;

    internal long Next { get; set; }

    internal long RenewedAt { get; set; }

    internal long ThroughTold { get; set; }
}
