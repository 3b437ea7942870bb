namespace EdgeAgent.Simulation;

/// <summary>
/// What is wrong between a node and its broker just now. Whole numbers that faults add to and take from again, so that two of one kind at the same time end each by itself.
/// </summary>
public sealed class LinkConditions
{
    /// <summary>Nothing of the node's arrives at the broker.</summary>
    public int OutCut { get; set; }

    /// <summary>Nothing of the broker's arrives at the node.</summary>
    public int InCut { get; set; }

    /// <summary>A hop takes up to so much longer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Of thousand live messages for it so many are acknowledged and never delivered (traces.md, 5).</summary>
    public int Dropped { get; set; }

    /// <summary>Of thousand claims of its own so many don't come back to it. Only of a bid and of an announced change does it wait for the copy.</summary>
    public int EchoLost { get; set; }

    /// <summary>So many come again later, after newer ones of their topic too.</summary>
    public int Duplicated { get; set; }

    /// <summary>So many are overtaken by what is said after them on other topics.</summary>
    public int Reordered { get; set; }

    /// <summary>Of thousand publishes of its so many end the connection, the message taken or not.</summary>
    public int Broken { get; set; }

    /// <summary>So many are refused with a reason.</summary>
    public int Refused { get; set; }

    /// <summary>Of thousand retained messages for a subscription so many don't come.</summary>
    public int RetainedLost { get; set; }

    /// <summary>So many come after the barrier.</summary>
    public int RetainedLate { get; set; }

    /// <summary>So many come as they were before.</summary>
    public int RetainedStale { get; set; }

    /// <summary>A subscription brings no more than so many retained messages; the queue drops the others. 0: all (traces.md, 13).</summary>
    public int Overflow { get; set; }

    /// <summary>Its will isn't fired when its connection is lost.</summary>
    public int Willless { get; set; }

    /// <summary>The broker finds out so much later that its connection is lost.</summary>
    public TimeSpan WillDelay { get; set; }

    public bool IsCut => OutCut > 0 || InCut > 0;
}
