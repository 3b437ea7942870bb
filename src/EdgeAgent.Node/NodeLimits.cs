namespace EdgeAgent.Node;

/// <summary>Every limit of the loop, in one place.</summary>
public static class NodeLimits
{
    /// <summary>Messages from strangers that wait for the loop; beyond it the adapter stops reading from the network.</summary>
    public const int InputQueueMax = 2048;

    public const int LogStreamsMax = 16;
    public const int LogChunksUnacknowledged = 4;

    /// <summary>Replies of a stream that its reader may be behind, unless it asks for fewer.</summary>
    public const int LogRepliesAhead = 256;

    /// <summary>Questions about the machine (`top`, `sockets`, `unit`) that are not answered yet.</summary>
    public const int InspectionsMax = 4;

    /// <summary>Acts on units (`start`, `stop`, `restart`, `reload`) that systemd isn't through with.</summary>
    public const int UnitActionsMax = 256;

    /// <summary>Slots that a sentence names; of the others it says how many.</summary>
    public const int SlotsNamedMax = 8;

    /// <summary>A machine that was asked to restart and answers still after this long goes on; what its presence says as long counts as a restart.</summary>
    public static readonly TimeSpan RestartMax = TimeSpan.FromMinutes(5);

    /// <summary>Checks of work (`health`, `ready`) that run at once; the others wait in order.</summary>
    public const int ChecksAtOnceMax = 8;

    public const int CommandIdsRemembered = 1024;

    /// <summary>Publishes that have no acknowledgement yet; the others wait in order.</summary>
    public const int PublishesInFlightMax = 256;

    public const int WorkloadsMax = 4096;

    /// <summary>Deleted workloads that are remembered; beyond it the oldest are forgotten early.</summary>
    public const int TombstonesMax = 4096;

    /// <summary>How long a deleted workload is remembered: `forgetAfter` of protocol.md.</summary>
    public static readonly TimeSpan ForgetAfter = TimeSpan.FromDays(30);

    /// <summary>Events kept while there is no connection; the oldest are dropped, and counted.</summary>
    public const int EventsUnsentMax = 256;

    /// <summary>Decisions that are remembered for `why`; the oldest are dropped.</summary>
    public const int DecisionsMax = 2048;

    /// <summary>How long they are.</summary>
    public static readonly TimeSpan DecisionsKept = TimeSpan.FromHours(1);

    /// <summary>Work that is vacant and that this node is kept from is looked at so often.</summary>
    public static readonly TimeSpan UnplacedLookInterval = TimeSpan.FromSeconds(5);

    /// <summary>When it is told of; within it another ring of candidates has been called.</summary>
    public static readonly TimeSpan UnplacedAfter = TimeSpan.FromSeconds(15);

    /// <summary>The same where a node says of itself that it has room, and doesn't take it.</summary>
    public static readonly TimeSpan UnplacedAtLast = TimeSpan.FromMinutes(1);

    /// <summary>Candidates whose statuses are read for what is told of it.</summary>
    public const int StatusesFollowedMax = 32;

    /// <summary>Filters in one SUBSCRIBE.</summary>
    public const int FiltersPerSubscribe = 32;

    /// <summary>Sessions and revs are reserved on disk in blocks of these.</summary>
    public const int SessionBlock = 16;
    public const int RevBlock = 4096;

    /// <summary>Retained messages that one subscription step may bring (traces.md, 13).</summary>
    public const int RetainedPerStep = 400;

    /// <summary>One event per (kind, reason) and this long; those between are counted.</summary>
    public static readonly TimeSpan EventInterval = TimeSpan.FromMinutes(1);

    /// <summary>The least time between two statuses.</summary>
    public static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);
}
