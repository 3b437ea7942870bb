using static EdgeCtl.Manifests.FieldType;

namespace EdgeCtl.Manifests;

/// <summary>The manifest, whole from the first day. What isn't built yet says so.</summary>
public static class Schema
{
    public const string ApiVersion = "edge/v1";
    public const string Kind = "Workload";

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
                    new("labels", Map, "For choosing with -l."),
                ],
            },
            new("spec", FieldType.Object, "What should run.") { IsRequired = true, Fields = Spec() },
        ],
    };

    private static List<Field> Spec() =>
    [
        new("mode", Choice, "How many there are: a number of replicas, one on each node that can run it, or completions of a job.") { Default = "replicated", Choices = ["replicated", "everywhere", "job"] },
        new("replicas", WholeNumber, "Replicas, or a job's completions.") { Default = "1", Range = "0 to 1000" },
        new("partition", Choice, "What happens when the network is cut: pin is moved by nobody, failover is replaced after lostAfter.") { Default = "failover", Choices = ["pin", "failover", "exclusive"] },
        new("lostAfter", Duration, "How long a holder may be gone before peers replace it.") { Default = "10s", Range = "1s to 365d" },
        new("priority", WholeNumber, "Who gives way.") { IsBuilt = false },
        new("run", FieldType.Object, "What runs: exactly one of its fields.") { IsRequired = true, Fields = RunFields() },
        new("resources", FieldType.Object, "What one replica asks for.")
        {
            Fields =
            [
                new("cpu", Quantity, "Cores.") { Default = "0", Range = "as 250m or 2" },
                new("memory", Quantity, "Bytes.") { Default = "0", Range = "as 64Mi" },
                new("disk", Quantity, "Bytes.") { Default = "0", Range = "as 10Mi" },
                new("tasks", WholeNumber, "Processes and threads.") { Default = "0" },
                NotBuilt("devices", "Shares of devices."),
            ],
        },
        NotBuilt("exclusive", "The lease of partition: exclusive."),
        new("job", FieldType.Object, "With mode: job.")
        {
            Fields =
            [
                new("attempts", WholeNumber, "Over all nodes, for each completion.") { Default = "3", Range = "1 to 1000" },
                new("backoff", Duration, "Between two attempts.") { Default = "5s" },
                new("deadline", Duration, "The longest that an attempt may run; 0: no limit.") { Default = "0s" },
            ],
        },
        new("progressDeadline", Duration, "How long a holder may take from held to running.") { Default = "2m" },
        new("stop", FieldType.Object, "How it is ended.")
        {
            Fields =
            [
                new("timeout", Duration, "From the signal to SIGKILL.") { Default = "10s", Range = "0s to 1h" },
                new("signal", Signal, "What asks it to end.") { Default = "SIGTERM" },
            ],
        },
        new("requires", FieldType.Object, "What a node must have.")
        {
            Fields =
            [
                new("arch", TextList, "One of these architectures: amd64, arm64."),
                new("labels", Map, "All these labels."),
                NotBuilt("devices", "Devices."),
                new("facts", TextList, "Expressions that must all hold (docs/spec/expressions.md)."),
            ],
        },
        new("prefers", ObjectList, "What a node should rather have.")
        {
            Fields =
            [
                new("weight", WholeNumber, "Against the others.") { IsRequired = true, Range = "1 to 100" },
                new("labels", Map, "All these labels.") { IsRequired = true },
            ],
        },
        NotBuilt("spread", "Over which domains it is spread."),
        new("policy", Choice, "Which of the nodes is the better one: the emptiest, or the fullest in which it still fits.") { Default = "spread", Choices = ["spread", "pack", "fragmentation"] },
        NotBuilt("network", "What it may connect to and listen on."),
        NotBuilt("files", "What it may read, write and execute."),
        NotBuilt("state", "A folder that stays."),
        new("tolerations", ObjectList, "The taints that it puts up with.")
        {
            Fields =
            [
                new("key", Text, "The taint's key; left out: every key."),
                new("value", Text, "The taint's value; left out: every value."),
                new("effect", Choice, "The taint's effect; left out: every effect.") { Choices = ["NoPlace", "PreferNoPlace", "NoRun"] },
            ],
        },
        new("security", FieldType.Object, "How it is confined.")
        {
            Fields =
            [
                new("sandbox", Choice, "Left out: as strict as the node's runtime can enforce.") { Choices = ["strict", "relaxed", "none"] },
                NotBuilt("apparmor", "A profile."),
                NotBuilt("selinux", "A type."),
                NotBuilt("devices", "Device nodes."),
            ],
        },
        NotBuilt("health", "A probe that restarts it."),
        NotBuilt("ready", "A probe that says when it can serve."),
        new("restart", FieldType.Object, "When a process that ended is started again on its node.")
        {
            Fields =
            [
                new("policy", Choice, "Of a job it is its attempts that count.") { Default = "always", Choices = ["always", "onFailure", "never"] },
                new("backoffMax", Duration, "Waits double from 100 ms up to this.") { Default = "1m" },
            ],
        },
        new("update", FieldType.Object, "How a new generation replaces the old.")
        {
            Fields =
            [
                new("maxUnavailable", WholeNumber, "How many slots may be down for it at once.") { Default = "1", Range = "1 to 1000" },
                NotBuilt("autoRollback", "Back to what ran, when it does not run."),
            ],
        },
    ];

    private static List<Field> RunFields() =>
    [
        new("exec", FieldType.Object, "A program of the device.")
        {
            Fields =
            [
                new("command", TextList, "The program, as an absolute path, and its arguments.") { IsRequired = true },
                NotBuilt("artifact", "What is fetched and unpacked before."),
                new("env", Map, "Variables."),
            ],
        },
        NotBuilt("container", "A container image."),
        NotBuilt("portable", "A portable service."),
        NotBuilt("unit", "A unit of the device."),
    ];

    private static Field NotBuilt(string name, string about) => new(name, FieldType.Object, about) { IsBuilt = false };
}
