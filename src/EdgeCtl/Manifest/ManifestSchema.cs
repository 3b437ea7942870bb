using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Manifest;

/// <summary>The whole manifest, one line a field. What isn't built is here too, and is refused by name.</summary>
public static class ManifestSchema
{
    public const string ApiVersion = "edge/v1";
    public const string Kind = "Workload";

    private static readonly IReadOnlyList<string> Effects = ["NoPlace", "PreferNoPlace", "NoRun"];

    public static readonly SchemaField Root = Map("", "a workload",
        Choice("apiVersion", "the form of the manifest", ApiVersion) with { IsRequired = true },
        Choice("kind", "what it describes", Kind) with { IsRequired = true },
        Map("metadata", "what it is called",
            Text("name", $"a DNS label of at most 63 characters, unique in the cell") with { IsRequired = true },
            Pairs("labels", "for selecting with -l", WorkloadLimits.LabelsMax)) with { IsRequired = true },
        Map("spec", "what should run, and where", [.. WhatRuns(), .. Where(), .. Confinement(), .. Changes()]) with { IsRequired = true });

    private static IEnumerable<SchemaField> WhatRuns() =>
    [
        Choice("mode", "replicated: as many slots as replicas; everywhere: one on each node that could run it; job: replicas completions", "replicated", "everywhere", "job") with { Default = "replicated" },
        Whole("replicas", "slots or, of a job, completions; left out of an everywhere workload", 0, WorkloadLimits.ReplicasMax) with { Default = "1" },
        Map("run", "what to run; exactly one of its fields",
            Map("exec", "a program on the device",
                new("command", FieldKind.TextList, "the program's absolute path and its arguments") { IsRequired = true, Min = 1, Max = WorkloadLimits.ArgumentsMax },
                Pairs("env", "its environment; EDGE_ names are the agent's", WorkloadLimits.EnvironmentMax),
                Later(Map("artifact", "an archive, unpacked read-only", Text("url", "where it is"), Text("sha256", "its SHA-256 in hexadecimal")))),
            Later(Map("container", "an OCI image")),
            Later(Map("portable", "a portable service of systemd")),
            Later(Map("unit", "a unit file of the device"))) with { IsRequired = true },
        Map("resources", "what one replica is given; a node bids only where it is free",
            new("cpu", FieldKind.Cpu, "cores; 250m is a quarter of one") { Min = 0, Max = WorkloadLimits.MilliCpuMax, Default = "0" },
            Amount("memory", "bytes", WorkloadLimits.BytesMax),
            Amount("disk", "bytes", WorkloadLimits.BytesMax),
            Amount("tasks", "processes and threads", WorkloadLimits.TasksMax),
            Later(Pairs("devices", "shares of devices", WorkloadLimits.LabelsMax))),
        Map("job", "with mode: job",
            Whole("attempts", "over all nodes, for each completion", 1, WorkloadLimits.AttemptsMax) with { Default = $"{WorkloadSpec.Defaults.JobAttempts}" },
            Time("backoff", "the wait between two", TimeSpan.Zero, WorkloadLimits.DurationMax) with { Default = "5s" },
            Time("deadline", "the longest that one attempt may run; 0s: no limit", TimeSpan.Zero, WorkloadLimits.DurationMax) with { Default = "0s" }),
        Map("stop", "how the work is asked to end",
            Time("timeout", "from the signal to SIGKILL", TimeSpan.Zero, WorkloadLimits.StopTimeoutMax) with { Default = "10s" },
            new("signal", FieldKind.Signal, "a name such as SIGTERM, or a number") { Min = 1, Max = WorkloadLimits.SignalMax, Default = "SIGTERM" }),
        Map("restart", "after the process has ended by itself, on its node",
            Choice("policy", "when it is started again", "always", "onFailure", "never") with { Default = "always" },
            Time("backoffMax", "the longest wait; the first is 100ms, and each is twice the one before", TimeSpan.FromMilliseconds(100), WorkloadLimits.DurationMax) with { Default = "1m" }),
        Later(Map("health", "a check while it runs", List("exec", "the check's command"), Duration("interval", "between two"), Whole("failures", "in a row until it is restarted", 1, 100))),
        Later(Map("ready", "a check until it is ready", List("exec", "the check's command"), Duration("interval", "between two"))),
    ];

    private static IEnumerable<SchemaField> Where() =>
    [
        Choice("partition", "behind a cut of the network. failover: goes on, and the others replace it; pin: is moved by nobody but the operator", "failover", "pin") with { Default = "failover", LaterChoices = ["exclusive"] },
        Time("lostAfter", "how long a node may be away before its slots are placed anew", WorkloadLimits.LostAfterMin, WorkloadLimits.DurationMax) with { Default = "10s" },
        Later(Whole("priority", "who goes first where not all fit", 0, 1000)),
        Map("requires", "what a node must have to run it",
            List("arch", "one of these architectures, as Debian names them: amd64, arm64"),
            Pairs("labels", "all of these labels", WorkloadLimits.LabelsMax),
            List("facts", "expressions (expressions.md) that all hold") with { Max = WorkloadLimits.FactsMax },
            Later(Pairs("devices", "this many of a kind of device", WorkloadLimits.LabelsMax))),
        new("prefers", FieldKind.Objects, "nodes that are better than others")
        {
            Max = WorkloadLimits.PrefersMax,
            Fields = [Whole("weight", "how much", 1, WorkloadLimits.WeightMax) with { IsRequired = true }, Pairs("labels", "all of these labels", WorkloadLimits.LabelsMax) with { IsRequired = true }],
        },
        Later(Map("spread", "over domains", Text("by", "a label"), Flag("hard", "rather not at all than twice in one domain"), List("domains", "its values"))),
        Choice("policy", "spread: the emptiest node; pack: the fullest in which it fits", "spread", "pack") with { Default = "spread", LaterChoices = ["fragmentation"] },
        new("tolerations", FieldKind.Objects, "taints that it puts up with; what is left out of one means any")
        {
            Max = WorkloadLimits.TolerationsMax,
            Fields = [Text("key", "the taint's key"), Text("value", "its value"), new("effect", FieldKind.Choice, "its effect") { Choices = Effects }],
        },
        Later(Map("exclusive", "with partition: exclusive", Duration("lease", "how long a node may run it unheard"))),
    ];

    private static IEnumerable<SchemaField> Confinement() =>
    [
        Map("security", "how tightly it is confined",
            Choice("sandbox", "left out: as tightly as the node's runtime can", "none") with { LaterChoices = ["strict", "relaxed"] },
            Later(Map("apparmor", "a profile", Text("profile", "its text"))),
            Later(Map("selinux", "a type", Text("type", "its name"))),
            Later(List("devices", "device nodes that it may open"))),
        Later(Map("network", "where it may connect to and listen", List("connect", "CIDR:port"), List("listen", "ports"))),
        Later(Map("files", "what it may touch", List("read", "paths"), List("write", "paths"), List("exec", "paths"))),
        Later(Map("state", "a folder that outlives it", new SchemaField("size", FieldKind.Quantity, "bytes"))),
    ];

    private static IEnumerable<SchemaField> Changes() =>
    [
        Map("update", "how a change reaches the slots",
            Whole("maxUnavailable", "how many slots may be down for it at once", 1, WorkloadLimits.ReplicasMax) with { Default = "1" },
            Later(Flag("autoRollback", "back to the last generation that ran"))),
        Time("progressDeadline", "from held to running; then another node may try", TimeSpan.FromSeconds(1), WorkloadLimits.DurationMax) with { Default = "2m" },
    ];

    private static SchemaField Map(string name, string says, params SchemaField[] fields) => new(name, FieldKind.Object, says) { Fields = fields };

    private static SchemaField Choice(string name, string says, params string[] choices) => new(name, FieldKind.Choice, says) { Choices = choices };

    private static SchemaField Text(string name, string says) => new(name, FieldKind.Text, says);

    private static SchemaField List(string name, string says) => new(name, FieldKind.TextList, says) { Max = WorkloadLimits.ArgumentsMax };

    private static SchemaField Pairs(string name, string says, int max) => new(name, FieldKind.TextMap, says) { Max = max };

    private static SchemaField Flag(string name, string says) => new(name, FieldKind.Flag, says);

    private static SchemaField Whole(string name, string says, long min, long max) => new(name, FieldKind.Whole, says) { Min = min, Max = max };

    private static SchemaField Amount(string name, string says, long max) => new(name, FieldKind.Quantity, says) { Min = 0, Max = max, Default = "0" };

    private static SchemaField Duration(string name, string says) => Time(name, says, TimeSpan.Zero, WorkloadLimits.DurationMax);

    private static SchemaField Time(string name, string says, TimeSpan min, TimeSpan max) =>
        new(name, FieldKind.Duration, says) { Min = (long)min.TotalMilliseconds, Max = (long)max.TotalMilliseconds };

    private static SchemaField Later(SchemaField field) => field with { IsBuilt = false };
}
