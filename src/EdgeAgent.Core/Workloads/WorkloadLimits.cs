namespace EdgeAgent.Core.Workloads;

/// <summary>The greatest of each that a workload may ask for; docs/spec/manifest.md repeats them.</summary>
public static class WorkloadLimits
{
    public const int ReplicasMax = 1000;
    public const int ArgumentsMax = 256;
    public const int ArgumentLengthMax = 16 * 1024;
    public const int EnvironmentMax = 256;
    public const int LabelsMax = 64;
    public const int LabelLengthMax = 63;
    public const int FactsMax = 32;
    public const int PrefersMax = 16;
    public const int TolerationsMax = 16;
    public const int DomainsMax = 64;
    public const int ApartMax = 32;
    public const int DeviceNodesMax = 16;
    public const int DeviceNodeLength = 255;
    public const int FilePathsMax = 64;

    /// <summary>Of each of what it may connect to and listen on: the kernel compares one after the other.</summary>
    public const int NetworkRulesMax = 32;

    public const int NetworkRuleLength = 64;
    public const int FilePathLength = 1024;
    public const int ProfileLengthMax = 32 * 1024;
    public const int AttemptsMax = 1000;
    public const int DeviceKindsMax = 8;

    /// <summary>Of one kind on a node.</summary>
    public const int DevicesMax = 256;

    public const int WeightMax = 100;

    public const int PriorityMin = -1000;
    public const int PriorityMax = 1000;
    public const int SignalMax = 64;
    public const int CheckFailuresMax = 100;
    /// <summary>systemd's quotas are in hundredths of a core.</summary>
    public const long CeilingMin = 10;

    public const long MilliCpuMax = 1_000_000;
    public const long TasksMax = 1_000_000;

    /// <summary>1 PiB: more is a slip of the unit.</summary>
    public const long BytesMax = 1L << 50;

    public static readonly TimeSpan DurationMax = TimeSpan.FromDays(365);
    public static readonly TimeSpan LostAfterMin = TimeSpan.FromSeconds(1);

    /// <summary>Of two voters none may fail, and one is no majority of anything.</summary>
    public const int VotersMin = 3;

    public const int VotersMax = 9;

    /// <summary>A lease is renewed three times while it lasts, and has to outlast a slow answer.</summary>
    public static readonly TimeSpan LeaseMin = TimeSpan.FromSeconds(3);

    public static readonly TimeSpan LeaseMax = TimeSpan.FromHours(1);
    public static readonly TimeSpan StopTimeoutMax = TimeSpan.FromHours(1);

    /// <summary>Of a check's interval and of its timeout: a process is started for each.</summary>
    public static readonly TimeSpan CheckTimeMin = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan CheckTimeMax = TimeSpan.FromHours(1);
}
