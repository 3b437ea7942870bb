using System.Text.Json.Nodes;
using EdgeAgent.Core.Units;

namespace EdgeCtl.Output;

/// <summary>The columns of each listing. docs/spec/edgectl.md has them all.</summary>
public static class Tables
{
    private const string Gone = "gone";

    /// <summary>Of a time in the round-trip form, down to its seconds.</summary>
    private const int SecondsLength = 19;

    public static readonly IReadOnlyList<Column> Nodes =
    [
        new("NAME", "its name in the cell", i => Listing.Text(i, "name")),
        new("STATE", "`online`, `offline`, `restarting`; `cordoned`: online, and takes nothing new; `draining`: and what it has is to leave it; `gone` in a watch: it was removed from the cell", i => IsGone(i) ? Gone : Listing.Text(i, "state")),
        new("SLOTS", "how many run there", i => Listing.Text(i, "slots")),
        new("FREE CPU", "thousandths of a core that nothing has asked for", i => Listing.Text(i["free"] as JsonObject ?? [], "cpu")),
        new("FREE MEMORY", "that nothing has asked for, in whole MiB", i => WholeMi(Listing.Text(i["free"] as JsonObject ?? [], "memory"))),
        new("VERSION", "the agent's", i => Listing.Text(i, "version")),
        new("ARCH", "as `requires.arch` names it", i => Listing.Text(i, "architecture"), IsWide: true),
        new("RUNTIME", "what its work runs under", i => Listing.Text(i, "runtime"), IsWide: true),
        new("DEVICES", "free ones of those that it has", i => string.Join(' ', (i["capacity"]?["devices"] as JsonObject ?? []).Select(d => $"{d.Key}={i["free"]?["devices"]?[d.Key]?.ToString() ?? "0"}/{d.Value}")), IsWide: true),
        new("SYSTEM", "the operating system", i => Listing.Text(i, "operatingSystem"), IsWide: true),
        new("KERNEL", "its release", i => Listing.Text(i, "kernel"), IsWide: true),
        new("LABELS", "as `requires.labels` and `-l` choose by them", i => string.Join(',', (i["labels"] as JsonObject ?? []).Select(l => $"{l.Key}={l.Value}")), IsWide: true),
    ];

    public static readonly IReadOnlyList<Column> Workloads =
    [
        new("NAME", "its name in the cell", i => Listing.Text(i, "name")),
        new("MODE", "`replicated`, `everywhere` or `job`", i => Listing.Text(i, "mode")),
        new("READY", "how many run (of a job: have succeeded), and of how many; `gone` in a watch: it was deleted", i => IsGone(i) ? Gone : i["replicas"] is { } all ? $"{i["ready"]}/{all}" : Listing.Text(i, "ready")),
        new("UP-TO-DATE", "how many are of the present generation", i => Listing.Text(i, "updated")),
        new("GENERATION", "each change is one more", i => Listing.Text(i, "generation")),
        new("UNPLACED", "slots that no node can take, and the one that comes nearest with what it lacks ([why](why.md)); empty where there are none", UnplacedText),
        new("PARTITION", "`failover` or `pin`", i => Listing.Text(i, "partition"), IsWide: true),
        new("COMMAND", "what runs", Command, IsWide: true),
    ];

    public static readonly IReadOnlyList<Column> Rollouts =
    [
        new("GENERATION", "each change is one more", i => Listing.Text(i, "generation")),
        new("RUN", "the generation in which the work itself last changed", i => Listing.Text(i, "run")),
        new("STATE", "`new`: not proved yet; `good`: a slot of it came up and went on; `rejected`: the cell went back from it; `paused`; `kept`: what it would go back to; `wanted again`: what it went back to", i => Listing.Text(i, "state")),
        new("SIGNED", "when, by the operator's clock", i => Listing.Text(i, "signedAt")[..SecondsLength]),
        new("COMMAND", "what runs", Command),
    ];

    public static readonly IReadOnlyList<Column> Slots =
    [
        new("WORKLOAD", "whose slot it is", i => Listing.Text(i, "workload")),
        new("INDEX", "which one, from 0", i => Listing.Text(i, "index")),
        new("NODE", "who holds it", i => Listing.Text(i, "node")),
        new("PHASE", "`bid`, `held`, `running`, `updating`, `succeeded`, `failed`, `released`; `unknown`: its holder is not online; `gone` in a watch: nobody claims it any more", i => IsGone(i) ? Gone : Listing.Text(i, "phase")),
        new("EPOCH", "how often it has been placed", i => Listing.Text(i, "epoch")),
        new("PID", "its first process on that node", i => Listing.Text(i, "pid")),
        new("REASON", "why it failed or was released, is not ready yet or was started anew", i => Listing.Text(i, "reason")),
        new("GENERATION", "of the workload, that its holder runs", i => Listing.Text(i, "generation"), IsWide: true),
        new("SCORE", "how well it fitted its node, 0 to 1000000", i => Listing.Text(i, "score"), IsWide: true),
        new("SANDBOX", "how it is confined, and the runtime", i => Listing.Text(i, "sandbox"), IsWide: true),
        new("DEVICES", "which its work has", i => Listing.Text(i, "devices"), IsWide: true),
        new("UNIT", "what the runtime calls it", i => Listing.Text(i, "unit"), IsWide: true),
    ];

    public static readonly IReadOnlyList<Column> NodeUsage =
    [
        new("NAME", "its name in the cell", i => Listing.Text(i, "name")),
        new("CPU(cores)", "processors that are busy, of all work on the machine", i => Usage.Rounded(i, "cpu", "0.00")),
        new("CPU%", "of all its processors", i => Usage.Rounded(i, "cpuPercent", "0")),
        new("MEMORY", "that can't be had without swapping, in whole MiB", i => Usage.Mi(i, "memory")),
        new("MEMORY%", "of all that it has", i => Usage.Rounded(i, "memoryPercent", "0")),
        new("LOAD", "processes that ran or waited for a disk, over the last minute", i => Usage.Rounded(i, "load", "0.00")),
        new("DISK%", "of the file system that the agent keeps its state on", i => Usage.Rounded(i, "diskPercent", "0")),
        new("CORES", "how many processors there are", i => Listing.Text(i, "cores"), IsWide: true),
        new("MEMORY TOTAL", "in whole MiB", i => Usage.Mi(i, "memoryTotal"), IsWide: true),
        new("UPTIME", "seconds since its boot", i => Listing.Text(i, "uptime"), IsWide: true),
    ];

    public static readonly IReadOnlyList<Column> SlotUsage =
    [
        new("SLOT", "the workload and which one, from 0", Listing.NameOf),
        new("NODE", "where it runs", i => Listing.Text(i, "node")),
        new("CPU", "processors that it keeps busy; empty where its process was started meanwhile", i => Usage.Rounded(i, "cpu", "0.00")),
        new("MEMORY", "of its control group, with what it has cached; of the process runtime what its processes have in memory, shared parts in each", i => Usage.Mi(i, "memory")),
        new("TASKS", "its threads", i => Listing.Text(i, "tasks")),
        new("PID", "its first process on that node", i => Listing.Text(i, "pid"), IsWide: true),
        new("UNIT", "what the runtime calls it", i => Listing.Text(i, "unit"), IsWide: true),
    ];

    public static readonly IReadOnlyList<Column> Sockets =
    [
        new("SOCKET", "the protocol, the address that it is bound to, and the port", i => Listing.Text(i, "name")),
        new("PROCESS", "who has it open; empty where the agent may not look", i => Listing.Text(i, "process")),
        new("PID", "of that process", i => Listing.Text(i, "pid")),
        new("SLOT", "whose work that is; empty where it is none of the fleet's", i => Listing.Text(i, "slot")),
    ];

    /// <summary>A table is for looking.</summary>
    private static string WholeMi(string memory) => Quantity.TryParse(memory, out var bytes, out _) ? $"{(long)bytes >> 20}Mi" : memory;

    private static string UnplacedText(JsonObject item) =>
        item["unplaced"] is JsonObject unplaced ? $"{(unplaced["slots"]!.GetValue<int>() is > 0 and var slots ? $"{slots}, " : "")}{Listing.Text(unplaced, "reason")}" : "";

    private static bool IsGone(JsonObject item) => item[Listing.Deleted] is not null;

    private static string Command(JsonObject item) =>
        item["command"] is JsonArray words ? string.Join(' ', words.Select(w => w!.GetValue<string>())) : Listing.Text(item, "unit");
}
