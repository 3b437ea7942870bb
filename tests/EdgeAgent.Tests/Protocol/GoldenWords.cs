using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Tests.Protocol;

/// <summary>A message with each of its fields set, and its bytes. The name is the schema's.</summary>
internal sealed record GoldenWord(string Name, byte[] Bytes)
{
    public static GoldenWord Of<T>(string name, T message) => new(name, Proto.Write(message));
}

internal static class GoldenWords
{
    private static readonly byte[] Sixteen = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    private static readonly byte[] ThirtyTwo = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private const ulong Instance = 0x0102030405060708;
    private const long AtMs = 1_800_000_000_000;

    public static readonly IReadOnlyList<GoldenWord> All =
    [
        GoldenWord.Of("NodeWord", new NodeWord { MajorVersion = ProtocolLimits.MajorVersion, Body = [8, 1], Signature = [1, 2] }),
        GoldenWord.Of("Presence", new WirePresence { Session = 7, Instance = Instance, State = 2, UntilMs = AtMs, Version = "0.1.0", StoreSuspect = true }),
        GoldenWord.Of("Call", new WireCall { Ring = 2 }),
        GoldenWord.Of("Vote", new WireVote { Claim = new WireClaim { Epoch = 7, Phase = 1 }, AskedAt = 42 }),
        GoldenWord.Of("Grant", new WireGrant { Epoch = 7, Instance = 0x0102030405060708, AskedAt = 42, IsGranted = true, Highest = 7, RetryAfterMs = 1500, Reason = "granted to gw-1" }),
        GoldenWord.Of("Lease", new WireLease { Session = 7, Counter = 42 }),
        GoldenWord.Of("Claim", new WireClaim
        {
            Incarnation = Sixteen,
            Generation = 2,
            Epoch = 3,
            Phase = 7,
            Score = 500_000,
            Session = 7,
            Rev = 4097,
            Instance = Instance,
            Mode = 1,
            RunId = 1,
            StopTimeoutMs = 10_000,
            Attempts = 1,
            Unit = "web.0",
            Pid = 4711,
            Reason = "Started",
            LeaseMs = 30_000,
            Devices = [new WireDeviceShare { Kind = "gpu", Index = 3, Milli = 500 }],
            IsLeaving = true,
            LaunchedAt = 2,
            Rejected = 3,
            IsOnTrial = true,
            Displaces = ["low/1"],
            IsMakingRoom = true,
            IsMisplaced = true,
            OfferedAbove = 600_000,
        }),
        GoldenWord.Of("Wish", new WireWish { Workload = "web", Index = 2, Epoch = 7, Score = 900_000, Instance = 0x0102030405060708 }),
        GoldenWord.Of("Status", new WireStatus
        {
            AtMs = AtMs,
            Architecture = "amd64",
            OperatingSystem = "Debian 12",
            Kernel = "6.1.0",
            Capacity = Amount(4000),
            Free = Amount(3000),
            Labels = Pair("zone", "a"),
            Taints = [new WireTaint { Key = "gpu", Value = "only", Effect = 1 }],
            Facts = Pair("lsm", "apparmor"),
            Runtime = "systemd",
            Features = ["mode.job/1"],
            Conditions = Pair("NoTrustedKey", "set OperatorKeys"),
            Counters = [new WireCount { Name = "refused", Value = 3 }],
            Version = "0.1.0",
            Sandbox = "basic",
            IsCordoned = true,
            Drain = 1,
            HiddenLabels = Pair("zone", "b"),
        }),
        GoldenWord.Of("Retirement", new WireRetirement { MajorVersion = ProtocolLimits.MajorVersion, Node = "gw-1", Serial = 1, IsRetired = true, Session = 71, SignedAtMs = AtMs }),
        GoldenWord.Of("Marks", new WireMarks
        {
            Revision = 5,
            IsCordoned = true,
            Drain = 1,
            Labels = Pair("zone", "a"),
            LabelsGone = ["rack"],
            Taints = [new WireTaint { Key = "gpu", Value = "only", Effect = 1 }],
            TaintsGone = [new WireTaint { Key = "old", Effect = 3 }],
            EnrolledSerial = 2,
            DrainOrder = 4,
        }),
        GoldenWord.Of("Event", new WireEvent { AtMs = AtMs, Kind = "Slot", Subject = "web/0", Reason = "Started", Message = "pid 4711", Suppressed = 2 }),
        GoldenWord.Of("Reply", new WireReply { Sequence = 1, Chunk = [104, 105], IsEnd = true, Error = "no such unit", Subject = "web/0", Cursor = "s=1;i=2" }),
        GoldenWord.Of("Command", new WireCommand
        {
            MajorVersion = ProtocolLimits.MajorVersion,
            Id = "c1",
            ExpiresAtMs = AtMs,
            Verb = "logs",
            Arguments = Pair("workload", "web"),
            ReplyClient = "ctl1",
        }),
        GoldenWord.Of("Intent", new WireIntent
        {
            MajorVersion = ProtocolLimits.MajorVersion,
            Workload = "web",
            Incarnation = Sixteen,
            Generation = 2,
            Spec = Spec(),
            RunId = 1,
            EpochFloor = 5,
            Follows = Sixteen,
            DerivedFrom = ThirtyTwo,
            Features = ["mode.job/1"],
            SignedAtMs = AtMs,
            Fallback = new WireFallback { Spec = new WireSpec { Mode = 1, Replicas = 2 }, Generation = 1, RunId = 1, SignedAtMs = AtMs },
            StartId = 1,
        }),
    ];

    private static WireSpec Spec() => new()
    {
        Mode = 1,
        Replicas = 3,
        Partition = 1,
        LostAfterMs = 10_000,
        Policy = 1,
        Exec = new WireExec { Command = ["/usr/bin/web", "--port=80"], Environment = Pair("A", "b") },
        Resources = Amount(250),
        JobAttempts = 3,
        JobBackoffMs = 5000,
        JobDeadlineMs = 60_000,
        ProgressDeadlineMs = 120_000,
        StopTimeoutMs = 10_000,
        StopSignal = 15,
        RestartRule = 1,
        RestartBackoffMaxMs = 60_000,
        Architectures = ["amd64"],
        RequiredLabels = Pair("zone", "a"),
        RequiredFacts = ["memory >= 512Mi"],
        Prefers = [new WirePreference { Weight = 10, Labels = Pair("site", "north") }],
        Tolerations = [new WireToleration { Key = "gpu", Value = "only", Effect = 1 }],
        MaxUnavailable = 1,
        AutoRollback = true,
        Paused = true,
        Priority = -5,
        Sandbox = 1,
        Labels = Pair("team", "edge"),
        Health = new WireCheck { Command = ["/usr/bin/check"], IntervalMs = 10_000, TimeoutMs = 5000, Failures = 3 },
        Ready = new WireCheck { Command = ["/usr/bin/ready", "-q"], IntervalMs = 1000, TimeoutMs = 5000 },
        Devices = [new WireDeviceRequest { Kind = "gpu", Milli = 500 }],
        RequiredDevices = [new WireCount { Name = "iio/temp", Value = 1 }],
        Spread = new WireSpread { By = "zone", Domains = ["a", "b"], Hard = true },
        Apart = ["db"],
        StaysPut = true,
    };

    private static WireResources Amount(long cpuMilli) => new() { CpuMilli = cpuMilli, MemoryBytes = 1 << 30, DiskBytes = 1L << 33, Tasks = 512, Devices = [new WireDeviceShare { Kind = "gpu", Index = 0, Milli = 1000 }] };

    private static List<WirePair> Pair(string key, string value) => [new WirePair { Key = key, Value = value }];
}
