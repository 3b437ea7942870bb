using System.Collections.Frozen;

namespace EdgeAgent.Simulation.Faults;

/// <summary>How long a fault lasts and how strong it is, at least and at most.</summary>
/// <param name="SecondsLeast">Of its length.</param>
/// <param name="SecondsMost">Of its length.</param>
/// <param name="StrengthLeast">Of thousand.</param>
/// <param name="StrengthMost">Of thousand.</param>
public sealed record FaultShape(int SecondsLeast, int SecondsMost, int StrengthLeast = 1, int StrengthMost = 1000)
{
    public static readonly FrozenDictionary<FaultKind, FaultShape> All = new Dictionary<FaultKind, FaultShape>
    {
        [FaultKind.DelaySpike] = new(1, 40),
        [FaultKind.LiveDropped] = new(1, 40, 50, 600),
        [FaultKind.Duplicates] = new(10, 120, 50, 800),
        [FaultKind.Reordered] = new(10, 120, 50, 600),
        [FaultKind.OutcomeUnknown] = new(5, 60, 10, 150),
        [FaultKind.PublishRefused] = new(2, 30, 50, 500),
        [FaultKind.RetainedLost] = new(10, 60, 50, 400),
        [FaultKind.RetainedLate] = new(10, 60, 50, 600),
        [FaultKind.RetainedStale] = new(10, 60, 50, 400),
        [FaultKind.QueueOverflow] = new(10, 60, 1, 12),
        [FaultKind.WillLate] = new(20, 90),
        [FaultKind.WillMissing] = new(20, 90),
        [FaultKind.WillOfLiving] = new(0, 0),
        [FaultKind.SessionLost] = new(0, 0),
        [FaultKind.CutBothWays] = new(1, 60),
        [FaultKind.CutOut] = new(1, 60),
        [FaultKind.CutIn] = new(1, 60),
        [FaultKind.CorruptBytes] = new(1, 20),
        [FaultKind.UnknownVersion] = new(1, 20),
        [FaultKind.ForeignIntent] = new(0, 0),
        [FaultKind.MovedIntent] = new(0, 0),
        [FaultKind.OldIntent] = new(0, 0),
        [FaultKind.BrokerKilled] = new(1, 30),
        [FaultKind.BrokerStopped] = new(1, 30),
        [FaultKind.BrokerRolledBack] = new(2, 180),
        [FaultKind.BrokerEmptied] = new(1, 20),
        [FaultKind.SplitBrain] = new(5, 120),
        [FaultKind.DiskSlow] = new(5, 60),
        [FaultKind.DiskFull] = new(2, 40),
        [FaultKind.DiskErrors] = new(5, 60, 50, 500),
        [FaultKind.DiskRolledBack] = new(5, 180),
        [FaultKind.DiskWiped] = new(2, 20),
        [FaultKind.DiskCloned] = new(5, 40),
        [FaultKind.StartRefused] = new(5, 60, 100, 1000),
        [FaultKind.StartReportLost] = new(5, 60, 100, 1000),
        [FaultKind.WorkCrashes] = new(0, 0),
        [FaultKind.WorkFlaps] = new(3, 20),
        [FaultKind.JobsFail] = new(5, 60, 200, 1000),
        [FaultKind.StopHangs] = new(10, 90),
        [FaultKind.ChecksFail] = new(5, 60, 200, 1000),
        [FaultKind.AgentKilled] = new(0, 60),
        [FaultKind.PowerLost] = new(1, 60),
        [FaultKind.Paused] = new(1, 60),
        [FaultKind.Suspended] = new(2, 60),
        [FaultKind.PoliteRestart] = new(1, 40),
        [FaultKind.WallClockJump] = new(0, 120),
    }.ToFrozenDictionary();
}
