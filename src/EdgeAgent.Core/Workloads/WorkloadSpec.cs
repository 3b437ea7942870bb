using EdgeAgent.Core.Expressions;

namespace EdgeAgent.Core.Workloads;

/// <summary>How many of a workload there are.</summary>
public enum WorkloadMode
{
    /// <summary>As many slots as <see cref="WorkloadSpec.Replicas"/>, placed by the peers.</summary>
    Replicated,

    /// <summary>Slot 0 of each node that passes the filter.</summary>
    Everywhere,

    /// <summary><see cref="WorkloadSpec.Replicas"/> completions, each tried until it succeeds or its attempts are used up.</summary>
    Job,
}

/// <summary>What a workload wants when the network is cut (protocol.md, "Partitions").</summary>
public enum PartitionPolicy
{
    /// <summary>Goes on while isolated; peers replace it after <see cref="WorkloadSpec.LostAfter"/>; the lesser claim stops when the cut heals.</summary>
    Failover,

    /// <summary>Never moved by anyone but the operator.</summary>
    Pin,

    /// <summary>At most one at any time: a holder that isn't heard stops by itself within its <see cref="WorkloadSpec.Lease"/>, and only then is it replaced.</summary>
    Exclusive,
}

/// <summary>Which of the nodes that could run it is the better one.</summary>
public enum PlacementPolicy
{
    /// <summary>The emptiest.</summary>
    Spread,

    /// <summary>The fullest in which it still fits.</summary>
    Pack,

    /// <summary>The one whose leftovers lose least of their use to the demand that is known (docs/adr/0021).</summary>
    Fragmentation,
}

/// <summary>When a process that ended is started again on its node.</summary>
public enum RestartRule
{
    Always,
    OnFailure,
    Never,
}

/// <summary>How tightly the work is confined: docs/spec/security.md has what each means.</summary>
public enum SandboxLevel
{
    /// <summary>Left out: strict where the node's runtime can enforce that, and else as strict as it can.</summary>
    Default,

    /// <summary>The operator asked for none.</summary>
    None,

    /// <summary>It runs so or not at all.</summary>
    Strict,

    /// <summary>As root, without capabilities, on a read-only system; it sees all devices and processes.</summary>
    Relaxed,
}

/// <summary>What should run: the part of an intent that the operator wrote. Every field is as in docs/spec/manifest.md.</summary>
public sealed record WorkloadSpec
{
    public required WorkRun Run { get; init; }

    public WorkloadMode Mode { get; init; } = WorkloadMode.Replicated;

    /// <summary>Replicas or, of a job, completions. 1 for <see cref="WorkloadMode.Everywhere"/>.</summary>
    public int Replicas { get; init; } = 1;

    public PartitionPolicy Partition { get; init; } = PartitionPolicy.Failover;

    public TimeSpan LostAfter { get; init; } = Defaults.LostAfter;

    /// <summary>Where there is no room, work of lower priority gives way to it (docs/adr/0024); never work of the same or a higher one.</summary>
    public int Priority { get; init; }

    /// <summary>Of exclusive work: how long its holder may run it after the broker last acknowledged that it is there.</summary>
    public TimeSpan Lease { get; init; } = Defaults.Lease;

    /// <summary>Of exclusive work: the nodes of which a majority has to grant it. Empty: there is one broker, and that has the last word.</summary>
    public IReadOnlyList<Fleet.NodeId> Voters { get; init; } = [];

    public PlacementPolicy Policy { get; init; } = PlacementPolicy.Spread;

    /// <summary>It stays on its node also when another comes to be clearly better (docs/adr/0029).</summary>
    public bool StaysPut { get; init; }

    /// <summary>Null: where the slots are is the policy's matter alone.</summary>
    public SpreadRule? Spread { get; init; }

    /// <summary>No slot comes to a node where one of these workloads is, and none of them to where one of this is (docs/adr/0027); itself among them: one slot to a node.</summary>
    public IReadOnlyList<WorkloadName> Apart { get; init; } = [];

    /// <summary>At most one of each slot may run at any time.</summary>
    public bool IsExclusive => Partition == PartitionPolicy.Exclusive;

    /// <summary>What one replica asks for.</summary>
    public Resources Resources { get; init; }

    /// <summary>What one replica may use of the processors at most, also where others are idle; zero: all that is idle.</summary>
    public MilliCpu CpuMax { get; init; }

    /// <summary>What one replica asks for of devices, by kind, each kind once.</summary>
    public IReadOnlyList<DeviceRequest> Devices { get; init; } = [];

    public JobRule Job { get; init; } = new();

    /// <summary>How long a holder may take from <c>held</c> to <c>running</c>.</summary>
    public TimeSpan ProgressDeadline { get; init; } = Defaults.ProgressDeadline;

    public StopRule Stop { get; init; } = new();

    public RestartPolicy Restart { get; init; } = new();

    /// <summary>Null: as long as it has a process it is well.</summary>
    public HealthRule? Health { get; init; }

    /// <summary>Null: as soon as it has a process it can serve.</summary>
    public ReadyRule? Ready { get; init; }

    public Requirements Requires { get; init; } = new();

    public IReadOnlyList<Preference> Prefers { get; init; } = [];

    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];

    /// <summary>How many slots may be down for a change at once.</summary>
    public int MaxUnavailable { get; init; } = 1;

    /// <summary>Where a slot of new work doesn't come up, all go back to the work before.</summary>
    public bool AutoRollback { get; init; }

    /// <summary>What runs stays as it is, whatever is wanted.</summary>
    public bool IsPaused { get; init; }

    public SandboxLevel Sandbox { get; init; }

    /// <summary>Each slot has a folder on its node that stays, until the workload is deleted.</summary>
    public bool KeepsState { get; init; }

    /// <summary>Device nodes that it may use besides, as absolute paths under /dev.</summary>
    public IReadOnlyList<string> DeviceNodes { get; init; } = [];

    /// <summary>Null: no profile of its own.</summary>
    public AppArmorRule? AppArmor { get; init; }

    /// <summary>Null: as the sandbox leaves them.</summary>
    public FileRules? Files { get; init; }

    /// <summary>Null: it may reach what the device can, and be reached.</summary>
    public NetworkRules? Network { get; init; }

    /// <summary>AppArmor confines it: whoever declares files wants them enforced.</summary>
    public bool HasProfile => AppArmor is not null || Files is not null;

    /// <summary>The agent writes its profile, in which the programs of its checks stand.</summary>
    public bool HasWrittenProfile => HasProfile && AppArmor is not { Profile.Length: > 0 };

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The defaults of docs/spec/manifest.md that are not the zero value.</summary>
    public static class Defaults
    {
        public static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(10);
        public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
        public static readonly TimeSpan ProgressDeadline = TimeSpan.FromMinutes(2);
        public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
        public static readonly TimeSpan BackoffMax = TimeSpan.FromMinutes(1);
        public static readonly TimeSpan JobBackoff = TimeSpan.FromSeconds(5);
        public static readonly TimeSpan HealthInterval = TimeSpan.FromSeconds(10);
        public static readonly TimeSpan ReadyInterval = TimeSpan.FromSeconds(1);
        public static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(5);
        public const int HealthFailures = 3;
        public const int JobAttempts = 3;
        public const int SigTerm = 15;
        public const string PortableProfile = "default";
    }
}

/// <summary>Attempts over all nodes, the wait between them, and the longest that one may run (zero: no limit).</summary>
public sealed record JobRule(int Attempts = WorkloadSpec.Defaults.JobAttempts)
{
    public TimeSpan Backoff { get; init; } = WorkloadSpec.Defaults.JobBackoff;

    public TimeSpan Deadline { get; init; }
}

/// <summary>The signal that asks the work to end, and how long it has until SIGKILL.</summary>
public sealed record StopRule(int Signal = WorkloadSpec.Defaults.SigTerm)
{
    public TimeSpan Timeout { get; init; } = WorkloadSpec.Defaults.StopTimeout;
}

/// <summary>Restarts on the same node: waits double from 100 ms up to <see cref="BackoffMax"/>.</summary>
public sealed record RestartPolicy(RestartRule Rule = RestartRule.Always)
{
    public TimeSpan BackoffMax { get; init; } = WorkloadSpec.Defaults.BackoffMax;
}

/// <summary>What a node must have; an empty list asks for nothing.</summary>
public sealed record Requirements
{
    /// <summary>Debian's names: <c>amd64</c>, <c>arm64</c>.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Expressions (docs/spec/expressions.md) that must all hold.</summary>
    public IReadOnlyList<string> Facts
    {
        get;
        init => (field, Conditions) = (value, [.. value.Select(f => Expression.Parse(f).TryGet(out var condition, out _) ? condition : null)]);
    } = [];

    /// <summary><see cref="Facts"/>, understood once; null: not understood.</summary>
    internal Expression?[] Conditions { get; private init; } = [];

    /// <summary>So many devices of each kind, used or not.</summary>
    public IReadOnlyDictionary<string, int> Devices { get; init; } = new Dictionary<string, int>();
}

/// <summary>A node with all these labels is preferred by <paramref name="Weight"/> (1 to 100).</summary>
public sealed record Preference(int Weight, IReadOnlyDictionary<string, string> Labels);

public enum TaintEffect
{
    /// <summary>Nothing new is placed there.</summary>
    NoPlace,

    /// <summary>Something new is placed there only when nobody else can.</summary>
    PreferNoPlace,

    /// <summary>Nothing new is placed there, and what runs has to go.</summary>
    NoRun,
}

/// <summary>What a node repels with.</summary>
public sealed record Taint(string Key, string Value, TaintEffect Effect)
{
    /// <summary>The key of a node's own taint while it is short of memory (docs/adr/0034): nobody else's. A change of what runs is no new work to it.</summary>
    public const string MemoryPressure = "memory-pressure";

    /// <summary>Why nobody may set it.</summary>
    public const string MemoryPressureIsTheNodes = $"the taint {MemoryPressure} is the node's own word that it is short of memory: take another key";

    /// <summary>As one types it.</summary>
    public override string ToString() => $"{Key}={Value}:{Effect}";
}

/// <summary>What a workload puts up with. An empty key tolerates every key; an empty value every value; no effect every effect.</summary>
public sealed record Toleration(string Key, string Value, TaintEffect? Effect)
{
    public bool Covers(Taint taint) =>
        (Key.Length == 0 || Key == taint.Key) && (Value.Length == 0 || Value == taint.Value) && (Effect is null || Effect == taint.Effect);
}
