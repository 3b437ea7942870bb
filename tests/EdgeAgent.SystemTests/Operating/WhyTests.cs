using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Operating;

/// <summary>Work that can't be placed, on published agents: each cause is named with its figures, and the node that comes nearest with what it lacks.</summary>
public sealed class WhyTests(ITestOutputHelper output)
{
    private const int Nodes = 3;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ToldWithin = TimeSpan.FromSeconds(60);

    /// <summary>Of each cause: the rest of the spec, what a node says, and the line of the nearest.</summary>
    private static readonly IReadOnlyList<(string Cause, string Spec, string Says, string Nearest)> Causes =
    [
        ("cpu", "resources: {cpu: 3}", "node-2 does not bid: needs 3000m cpu, 2000m free", "nearest: node-2, lacks 1000m cpu"),
        ("memory", "resources: {memory: 512Mi}", "node-2 does not bid: needs 512Mi memory, 310Mi free", "nearest: node-2, lacks 202Mi memory"),
        ("disk", "resources: {disk: 1Gi}", "node-3 does not bid: needs 1Gi disk, 80Mi free", "nearest: node-2, lacks 924Mi disk"),
        ("tasks", "resources: {tasks: 50}", "node-1 does not bid: needs 50 tasks, 20 free", "nearest: node-2, lacks 20 tasks"),
        ("two", "resources: {cpu: 3, memory: 512Mi}", "needs 3000m cpu, 2000m free; needs 512Mi memory, 310Mi free", "nearest: node-2, lacks 1000m cpu and 202Mi memory"),
        ("share", "resources: {devices: {gpu: 500m}}", "node-2 does not bid: needs 500m of one gpu, the freest of 2 has 300m", "nearest: node-1, lacks 200m of one gpu"),
        ("whole", "resources: {devices: {gpu: 2}}", "node-2 does not bid: needs 2 whole gpu, 0 of 2 are wholly free", "nearest: node-1, lacks 2 whole gpu"),
        ("device", "requires: {devices: {gpu: 3}}", "node-3 does not bid: needs 3 gpu, this node has none", "nearest: node-2, lacks 1 gpu"),
        ("arch", "requires: {arch: [riscv64]}", "node-1 does not bid: needs architecture riscv64, this is", "nearest: node-1, lacks architecture riscv64"),
        ("label-other", "requires: {labels: {zone: c}}", "node-2 does not bid: needs label zone=c, here it is b", "nearest: node-1, lacks label zone=c"),
        ("label-unset", "requires: {labels: {rack: \"7\"}}", "node-3 does not bid: needs label rack=7, not set here", "nearest: node-1, lacks label rack=7"),
        ("fact", "requires: {facts: [\"device.gpu >= 4\"]}", "node-2 does not bid: device.gpu is 2, needs >= 4", "nearest: node-1, device.gpu is 1, needs >= 4"),
        ("unknown-fact", "requires: {facts: [\"battery > 20\"]}", "node-1 does not bid: battery is unknown on this node", "nearest: node-1, battery is unknown on this node"),
        ("feature", "run: {unit: {name: chrony.service}}", "node-1 does not bid: needs the feature run.unit/1, which this agent or its runtime lacks", "nearest: node-1, lacks feature run.unit/1"),
        ("fence", "partition: exclusive", "node-1 does not bid: exclusive work can't be fenced here", "nearest: node-1, lacks a fence"),
        ("attempts", "mode: job\n  job: {attempts: 1}\n  restart: {policy: onFailure}\n  run: {exec: {command: [/bin/false]}}", "attempts/0: its 1 attempts are used up; the last failed on", "lacks nothing: attempts/0: its 1 attempts are used up"),
    ];

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Each_cause_is_named_with_its_figures_and_the_nearest_node(FleetKind kind)
    {
        await using var fleet = await ReadyAsync(kind);
        foreach (var (cause, spec, says, nearest) in Causes)
        {
            await ApplyAsync(fleet, cause, spec);
            output.WriteLine($"{cause}: {await NearestAsync(fleet, cause, says, nearest)}");
        }

        // What operators say of nodes.
        foreach (var node in fleet.Nodes)
        {
            (await fleet.AskAsync("taint", "nodes", node, "dedicated=gpu:NoPlace")).Succeeded();
        }

        await ApplyAsync(fleet, "repelled", "replicas: 1");
        output.WriteLine($"taint: {await NearestAsync(fleet, "repelled", "node-2 does not bid: the taint dedicated=gpu:NoPlace is not tolerated", "nearest: node-1, the taint dedicated=gpu:NoPlace is not tolerated")}");
        (await fleet.AskAsync("taint", "nodes", "node-2", "dedicated:NoPlace-")).Succeeded();
        await fleet.RunningAsync("repelled", 1, Soon, s => s.Node == "node-2");
        (await fleet.AskAsync("cordon", "node-2")).Succeeded();
        await ApplyAsync(fleet, "kept-off", "requires: {labels: {zone: b}}");
        output.WriteLine($"cordon: {await NearestAsync(fleet, "kept-off", "node-2 does not bid: the node is cordoned", "nearest: node-2, the node is cordoned")}");
        (await fleet.AskAsync("drain", "node-2")).Succeeded();
        output.WriteLine($"drain: {await NearestAsync(fleet, "kept-off", "node-2 does not bid: the node is being drained", "nearest: node-2, the node is being drained")}");
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task What_can_not_be_placed_says_so_wherever_one_looks_and_why_remembers_it(FleetKind kind)
    {
        await using var fleet = await ReadyAsync(kind);
        var listening = fleet.AskAsync("events", "--for", $"{ToldWithin.TotalSeconds:0}s", "-o", "json");
        await ApplyAsync(fleet, "greedy", "resources: {memory: 512Mi}");
        const string Nearest = "nearest: node-2, lacks 202Mi memory";
        await Eventually.Is(() => fleet.AskAsync("get", "workloads"), r => r.Output.Contains($"1, {Nearest}", StringComparison.Ordinal), Soon, r => r.Output + r.Errors, "get workloads says so");
        Assert.Contains($"1, {Nearest} (edgectl why greedy)", (await fleet.AskAsync("describe", "workload", "greedy")).Succeeded().Output, StringComparison.Ordinal);
        using var listed = JsonDocument.Parse((await fleet.AskAsync("get", "workloads", "greedy", "-o", "json")).Succeeded().Output);
        var unplaced = listed.RootElement.GetProperty("items")[0].GetProperty("unplaced");
        Assert.Equal((1, "node-2", "memory"), (unplaced.GetProperty("slots").GetInt32(), unplaced.GetProperty("nearest").GetString(), unplaced.GetProperty("obstacles")[0].GetProperty("kind").GetString()));
        using var why = JsonDocument.Parse((await fleet.AskAsync("why", "greedy", "-o", "json")).Succeeded().Output);
        Assert.Equal("node-2", why.RootElement.GetProperty("nearest").GetProperty("node").GetString());
        Assert.Equal(Nodes, why.RootElement.GetProperty("nodes").GetArrayLength());

        // One event of one node, with the one that comes nearest.
        var told = (await listening).Succeeded().Output.Split('\n').Where(l => l.Contains("\"Unplaced\"", StringComparison.Ordinal)).ToList();
        Assert.Contains("node-2 is nearest, lacks 202Mi memory", Assert.Single(told), StringComparison.Ordinal);

        // Decisions are remembered, and the device itself tells of them when there is no broker.
        var since = (await fleet.AskAsync("why", "greedy", "--since", "1h")).Succeeded().Output;
        Assert.Equal(Nodes, since.Split('\n').Count(l => l.Contains("greedy/0 declined: needs 512Mi memory", StringComparison.Ordinal)));
        Assert.DoesNotContain("declined", (await fleet.AskAsync("why", "greedy")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Matches("holder/[0-9] bid: epoch 1, score [0-9]+ \\(base 700000, room [0-9]+, preferences 100000", (await fleet.AskAsync("why", "holder", "--since", "1h")).Succeeded().Output);
        await fleet.StopBrokerAsync(kill: true);
        var offline = (await fleet.AgentAsync("node-2", "why", "greedy")).Succeeded().Output;
        Assert.Contains("node-2 does not bid: needs 512Mi memory, 310Mi free", offline, StringComparison.Ordinal);
        Assert.Contains("greedy/0 declined: needs 512Mi memory, 310Mi free", offline, StringComparison.Ordinal);
        await fleet.StartBrokerAsync(empty: false);
    }

    /// <summary>Three nodes of different sizes; each of the three devices has less than a third free.</summary>
    private static async Task<ProcessFleet> ReadyAsync(FleetKind kind)
    {
        var fleet = await ProcessFleet.StartAsync(kind, Nodes);
        await fleet.ConfigureAsync("node-1", "[Node]\nCapacity=cpu=1,memory=128Mi,disk=64Mi,tasks=20\nDevices=gpu=1\nLabels=zone=a\n");
        await fleet.ConfigureAsync("node-2", "[Node]\nCapacity=cpu=2,memory=310Mi,disk=100Mi,tasks=30\nDevices=gpu=2\nLabels=zone=b\n");
        await fleet.ConfigureAsync("node-3", "[Node]\nCapacity=cpu=1500m,memory=200Mi,disk=80Mi,tasks=25\nLabels=zone=z\n");
        await fleet.OnlineAsync(Nodes);
        await ApplyAsync(fleet, "holder", "replicas: 3\n  resources: {devices: {gpu: 700m}}");
        await fleet.RunningAsync("holder", 3, Soon);
        return fleet;
    }

    private static async Task ApplyAsync(Fleet fleet, string name, string spec)
    {
        var run = spec.Contains("run:", StringComparison.Ordinal) ? "" : "  run: {exec: {command: [/bin/sleep, \"1000\"]}}\n";
        (await fleet.ApplyAsync($"apiVersion: edge/v1\nkind: Workload\nmetadata: {{name: {name}}}\nspec:\n{run}  {spec}\n", "--force")).Succeeded();
    }

    /// <summary>The line of the nearest, when the node says what it has to.</summary>
    private static async Task<string> NearestAsync(Fleet fleet, string workload, string says, string nearest)
    {
        var answer = await Eventually.Is(
            () => fleet.AskAsync("why", workload), r => r.ExitCode == 0 && r.Output.Contains(says, StringComparison.Ordinal) && LineOf(r.Output).Contains(nearest, StringComparison.Ordinal), Soon, r => r.Output + r.Errors, $"why {workload} says: {says}; {nearest}");
        return LineOf(answer.Output);
    }

    private static string LineOf(string output) => output.Split('\n').LastOrDefault(l => l.StartsWith("nearest: ", StringComparison.Ordinal)) ?? "";
}
