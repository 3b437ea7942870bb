namespace EdgeAgent.Simulation.Faults;

/// <summary>What may go wrong. docs/spec/simulator.md has a sentence on each group.</summary>
public enum FaultKind
{
    // The network and the broker's queues.
    DelaySpike,
    LiveDropped,
    Duplicates,
    Reordered,
    OutcomeUnknown,
    PublishRefused,
    RetainedLost,
    RetainedLate,
    RetainedStale,
    QueueOverflow,
    EchoLost,
    WillLate,
    WillMissing,
    WillOfLiving,
    SessionLost,
    CutBothWays,
    CutOut,
    CutIn,

    // What others write.
    CorruptBytes,
    UnknownVersion,
    ForeignIntent,
    MovedIntent,
    OldIntent,

    // The broker itself.
    BrokerKilled,
    BrokerStopped,
    BrokerRolledBack,
    BrokerEmptied,
    SplitBrain,

    // Disks.
    DiskSlow,
    DiskFull,
    DiskErrors,
    DiskRolledBack,
    DiskWiped,
    DiskCloned,

    // Work.
    StartRefused,
    StartReportLost,
    WorkCrashes,
    WorkFlaps,
    JobsFail,
    StopHangs,
    ChecksFail,

    // Machines and agents.
    AgentKilled,
    PowerLost,
    MachineLost,
    Paused,
    Suspended,
    PoliteRestart,
    WallClockJump,
}
