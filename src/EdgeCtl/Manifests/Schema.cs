using EdgeAgent.Core.Workloads;
using static EdgeCtl.Manifests.FieldType;

namespace EdgeCtl.Manifests;

/// <summary>The manifest, whole from the first day. What isn't built yet says so.</summary>
public static class Schema
{
    public const string ApiVersion = "edge/v1";
    public const string Kind = "Workload";

    private const string AtMostAYear = "of at most 365 days";

    private static readonly string[] Effects = [nameof(TaintEffect.NoPlace), nameof(TaintEffect.PreferNoPlace), nameof(TaintEffect.NoRun)];

    public static readonly Field Root = new("", FieldType.Object, "")
    {
        Fields =
        [
            new("apiVersion", Choice, "The language's version.") { IsRequired = true, Choices = [ApiVersion] },
            new("kind", Choice, "What it describes.") { IsRequired = true, Choices = [Kind] },
            new("metadata", FieldType.Object, "Who it is.")
            {
                IsRequired = true,
                Fields =
                [
                    new("name", Text, "The workload's name in its cell.") { IsRequired = true, Range = "a DNS label of at most 63 characters" },
                    new("labels", Map, "For choosing with -l.") { Max = WorkloadLimits.LabelsMax },
                ],
            },
            new("spec", FieldType.Object, "What should run, and where.") { IsRequired = true, Fields = [.. Work(), .. Placement(), .. Confinement(), .. Changes()] },
        ],
    };

    private static List<Field> Work() =>
    [
        new("mode", Choice, "How many there are: a number of replicas, one on each node that can run it, or completions of a job.") { Default = "replicated", Choices = ["replicated", "everywhere", "job"] },
        new("replicas", WholeNumber, "Replicas, or a job's completions; left out with mode: everywhere.") { Default = "1", Max = WorkloadLimits.ReplicasMax },
        new("run", FieldType.Object, "What runs: exactly one of its fields.") { IsRequired = true, Fields = RunFields() },
        new("resources", FieldType.Object, "What one replica asks for; a node bids only where so much is free.")
        {
            Fields =
            [
                new("cpu", Quantity, "Cores; 250m is a quarter of one.") { Default = "0", Range = "such as 250m or 2, at most 1000" },
                new("cpuMax", Quantity, "Cores that it may use at most; without it, all that is idle. A [ceiling](security.md#resources) is a condition: nodes that can't enforce it don't bid.") { Range = "such as 500m, at least 10m and not less than cpu" },
                new("memory", Quantity, "Bytes.") { Default = "0", Range = "such as 64Mi, at most 1Pi" },
                new("disk", Quantity, "Bytes.") { Default = "0", Range = "such as 10Mi, at most 1Pi" },
                new("tasks", WholeNumber, "Processes and threads.") { Default = "0", Max = (int)WorkloadLimits.TasksMax },
                new("devices", QuantityMap, "Devices by kind: a share of one, which lies on one device, or whole ones: {gpu: 500m}, {gpu: 2}.") { Max = WorkloadLimits.DeviceKindsMax },
            ],
        },
        new("job", FieldType.Object, "With mode: job.")
        {
            Fields =
            [
                new("attempts", WholeNumber, "Over all nodes, for each completion.") { Default = "3", Min = 1, Max = WorkloadLimits.AttemptsMax },
                new("backoff", Duration, "Between two attempts.") { Default = "5s", Range = AtMostAYear },
                new("deadline", Duration, "The longest that an attempt may run; 0: no limit.") { Default = "0s", Range = AtMostAYear },
            ],
        },
        new("stop", FieldType.Object, "How it is ended.")
        {
            Fields =
            [
                new("timeout", Duration, "From the signal to SIGKILL.") { Default = "10s", Range = "from 0s to 1h" },
                new("signal", Signal, "What asks it to end.") { Default = "SIGTERM" },
            ],
        },
        new("restart", FieldType.Object, "When a process that ended is started again on its node.")
        {
            Fields =
            [
                new("policy", Choice, "Of a job it is its attempts that count.") { Default = "always", Choices = ["always", "onFailure", "never"] },
                new("backoffMax", Duration, "Waits double from 100ms up to this.") { Default = "1m", Range = "from 100ms to 365 days" },
            ],
        },
        Check("health", "Whether it is well; what isn't is started anew, by restart.", "10s", new Field("failures", WholeNumber, "So many in a row, and it isn't well.") { Default = "3", Min = 1, Max = WorkloadLimits.CheckFailuresMax }),
        Check("ready", "Whether it can serve; not running before, and not with mode: job.", "1s"),
        new("state", FieldType.Object, "Each slot has [a folder on its node that stays](security.md#a-folder-that-stays), until the workload is deleted: `state: {}`. The program finds its path in `STATE_DIRECTORY`.") { Fields = [NotBuilt("size", Quantity, "Bytes.")] },
    ];

    private static List<Field> RunFields() =>
    [
        new("exec", FieldType.Object, "A program of the device.")
        {
            Fields =
            [
                new("command", TextList, "The program, as an absolute path or, with an artifact, as a path in that such as `./bin/infer`, and its arguments.") { IsRequired = true, Max = WorkloadLimits.ArgumentsMax },
                new("artifact", FieldType.Object, "[An archive](artifacts.md) that each node fetches, checks and unpacks before it starts the work, which finds it read-only as its working directory and in `EDGE_ARTIFACT`.")
                {
                    Fields =
                    [
                        new("url", Text, "Where it is, by https: a tar.zst, tar.gz, tar or squashfs.") { IsRequired = true, Range = "such as https://artifacts.example/infer.tar.zst" },
                        new("sha256", Text, "Of the archive, as sha256sum prints it: what has another is refused.") { IsRequired = true, Range = "64 digits of base 16" },
                    ],
                },
                new("env", Map, "Variables. Names that start with EDGE_ are the agent's.") { Max = WorkloadLimits.EnvironmentMax },
            ],
        },
        NotBuilt("container", FieldType.Object, "A container image."),
        new("portable", FieldType.Object, "A portable service (portablectl(1)): its image is attached before, and detached after. Needs systemd-portabled on the node.")
        {
            Fields =
            [
                new("image", Text, "The image on the device.") { IsRequired = true, Range = "an absolute path, or a name in /var/lib/portables" },
                new("unit", Text, "The unit in it that is started.") { IsRequired = true, Range = "such as grafana.service" },
                new("profile", Text, "Its confinement.") { Default = WorkloadSpec.Defaults.PortableProfile, Range = "default, strict, trusted, nonetwork, or one of the device's own" },
            ],
        },
        new("unit", FieldType.Object, "A unit of systemd whose file is on the device. That file says how it runs and is confined; resources are only reckoned with. A node takes one slot of it at most.")
        {
            Fields = [new("name", Text, "The unit.") { IsRequired = true, Range = "such as grafana.service" }],
        },
    ];

    private static List<Field> Placement() =>
    [
        new("partition", Choice, "What happens when the network is cut: pin is moved by nobody, failover is replaced after lostAfter, [exclusive](exclusive.md) runs at most once at any time.") { Default = "failover", Choices = ["pin", "failover", "exclusive"] },
        new("lostAfter", Duration, "How long a holder may be gone before peers replace it.") { Default = "10s", Range = "from 1s to 365 days" },
        new("exclusive", FieldType.Object, "With partition: exclusive.")
        {
            Fields =
            [
                new("lease", Duration, "How long a holder may run it after the broker last acknowledged that it is there.") { Default = "15s", Range = "from 3s to 1h" },
                new("voters", TextList, "Where there is more than one broker: the nodes of which a majority has to [grant](exclusive.md) it.") { Max = WorkloadLimits.VotersMax },
            ],
        },
        new("priority", WholeNumber, "Where no node has room, [work of lower priority gives way](../adr/0024-preemption-least-harm-first.md): never work of the same or a higher one, never pinned work, nor what runs everywhere, and never more slots of a workload at once than its maxUnavailable.") { Default = "0", Min = WorkloadLimits.PriorityMin, Max = WorkloadLimits.PriorityMax },
        new("requires", FieldType.Object, "What a node must have.")
        {
            Fields =
            [
                new("arch", TextList, "One of these architectures: amd64, arm64."),
                new("labels", Map, "All these labels.") { Max = WorkloadLimits.LabelsMax },
                new("devices", QuantityMap, "So many devices of each kind, used or not: {iio/temp: 1}.") { Max = WorkloadLimits.DeviceKindsMax },
                new("facts", TextList, "[Expressions](expressions.md) that must all hold.") { Max = WorkloadLimits.FactsMax },
            ],
        },
        new("prefers", ObjectList, "What a node should rather have.")
        {
            Max = WorkloadLimits.PrefersMax,
            Fields =
            [
                new("weight", WholeNumber, "Against the others.") { IsRequired = true, Min = 1, Max = WorkloadLimits.WeightMax },
                new("labels", Map, "All these labels.") { IsRequired = true, Max = WorkloadLimits.LabelsMax },
            ],
        },
        new("spread", FieldType.Object, "Over which domains the slots are dealt: slot i belongs to the domain of number i mod the number of domains.")
        {
            Fields =
            [
                new("by", Text, "The key of a node's label.") { IsRequired = true },
                new("hard", Flag, "A slot runs in its own domain or not at all; otherwise elsewhere where nobody there takes it, and comes back when somebody does.") { Default = "false" },
                new("domains", TextList, "The label's values, in the order in which slots are dealt to them.") { IsRequired = true, Max = WorkloadLimits.DomainsMax },
            ],
        },
        new("apart", TextList, "Workloads that it shares no node with, whichever of the two names the other; its own name: [one slot to a node](#workloads-that-share-no-node).") { Max = WorkloadLimits.ApartMax },
        new("rebalance", Flag, "Whether it moves to a node that has joined or has room again, where it fits clearly better: one slot at a time, by a hand-over, and only `failover` work of mode `replicated` with policy `spread`.") { Default = "true" },
        new("policy", Choice, "Which of the nodes is the better one: the emptiest, the fullest in which it still fits, or the one whose leftovers lose least of their use to the demand that is known.") { Default = "spread", Choices = ["spread", "pack", "fragmentation"] },
        new("tolerations", ObjectList, "The taints that it puts up with.")
        {
            Max = WorkloadLimits.TolerationsMax,
            Fields =
            [
                new("key", Text, "The taint's key; left out: every key."),
                new("value", Text, "The taint's value; left out: every value."),
                new("effect", Choice, "The taint's effect; left out: every effect.") { Choices = Effects },
            ],
        },
    ];

    private static List<Field> Confinement() =>
    [
        new("security", FieldType.Object, "How it is confined.")
        {
            Fields =
            [
                new("sandbox", Choice, "[What each means](security.md). Left out: strict where the node's runtime can enforce it, else as strict as it can. Written out it is a condition: nodes that can't enforce it don't bid.") { Choices = ["strict", "relaxed", "none"] },
                new("apparmor", FieldType.Object, "[AppArmor](security.md#apparmor) confines it, or it doesn't run: `apparmor: {}` with a profile that the agent writes from what the manifest declares. A condition, as `sandbox` written out.")
                {
                    Fields =
                    [
                        new("profile", Text, "The rules of the profile, as apparmor.d(5) has them between the braces; left out: the agent's.") { Range = $"at most {WorkloadLimits.ProfileLengthMax} characters" },
                        new("mode", Choice, "`complain`: what the profile doesn't allow is allowed and told, and `edgectl security suggest` makes fields of it.") { Default = "enforce", Choices = ["enforce", "complain"] },
                    ],
                },
                NotBuilt("selinux", FieldType.Object, "A type."),
                new("devices", TextList, "Device nodes that it may use besides, such as `/dev/i2c-1`; one that isn't there is left out.") { Max = WorkloadLimits.DeviceNodesMax },
            ],
        },
        new("network", FieldType.Object, "What it may [reach and be reached at](security.md#network) over IP, and nothing else; `network: {}` is nothing at all. Left out, there is no limit. A condition: nodes that can't enforce it don't bid.")
        {
            Fields =
            [
                new("connect", TextList, "Addresses with ports, such as `10.1.0.0/16:5432`, `[2001:db8::1]:443`, `any:53/udp` or `localhost:1883`. No names.") { Max = WorkloadLimits.NetworkRulesMax },
                new("listen", TextList, "Ports, such as `8080`, which is TCP's, `8000-8010` or `53/udp`.") { Max = WorkloadLimits.NetworkRulesMax },
            ],
        },
        new("files", FieldType.Object, "What it may touch of the device's files besides what [every program needs](security.md#apparmor), of a folder all that is in it. By AppArmor: nodes without it don't bid.")
        {
            Fields =
            [
                new("read", TextList, "Absolute paths.") { Max = WorkloadLimits.FilePathsMax },
                new("write", TextList, "Absolute paths; they may be read, too.") { Max = WorkloadLimits.FilePathsMax },
                new("exec", TextList, "Programs that it may start besides its own and its checks'; absolute paths.") { Max = WorkloadLimits.FilePathsMax },
            ],
        },
    ];

    private static List<Field> Changes() =>
    [
        new("progressDeadline", Duration, "How long a holder may take from held to running.") { Default = "2m", Range = "from 1s to 365 days" },
        new("update", FieldType.Object, "How a new generation replaces the old.")
        {
            Fields =
            [
                new("maxUnavailable", WholeNumber, "How many slots may be down for it at once.") { Default = "1", Min = 1, Max = WorkloadLimits.ReplicasMax },
                new("autoRollback", Flag, "Back to the work before, in all slots, where one of the new work doesn't come up or fails within `progressDeadline`; of mode `replicated`.") { Default = "false" },
            ],
        },
    ];

    /// <summary>A command that is asked for its exit code again and again.</summary>
    private static Field Check(string name, string about, string interval, params Field[] more) => new(name, FieldType.Object, about)
    {
        Fields =
        [
            new("exec", TextList, "The command, as an absolute path, and its arguments: 0 is yes.") { IsRequired = true, Max = WorkloadLimits.ArgumentsMax },
            new("interval", Duration, "From one to the next.") { Default = interval, Range = "from 100ms to 1h" },
            new("timeout", Duration, "After this it is killed, and is no.") { Default = "5s", Range = "from 100ms to 1h" },
            .. more,
        ],
    };

    private static Field NotBuilt(string name, FieldType type, string about, params Field[] fields) => new(name, type, about) { IsBuilt = false, Fields = fields };
}
