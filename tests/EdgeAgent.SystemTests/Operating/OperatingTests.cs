using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Operating;

/// <summary>What operators do to nodes, on published agents; what came of it is the work's own word.</summary>
public sealed class OperatingTests
{
    private const int Nodes = 3;
    private const int Replicas = 9;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Containers)]
    public async Task A_drained_node_s_work_runs_elsewhere_before_it_ends_here(FleetKind kind)
    {
        await using var fleet = await RunningAsync(kind);
        var node = (await fleet.SlotsAsync())[0].Node;
        var there = (await fleet.SlotsAsync()).Count(s => s.Node == node);

        var counting = fleet.Stamps.BeginToCount();
        var drained = (await fleet.AskAsync("drain", node, "--wait", "--timeout", "60s")).Succeeded();
        var (_, ofOne) = await counting.EndAsync();
        Assert.Contains($"node/{node} drained", drained.Output, StringComparison.Ordinal);
        Assert.Equal(Replicas, counting.Fewest());
        Assert.InRange(ofOne, 1, 2);

        // Of each slot that moved the new process wrote that it started before the old one wrote that it ends, and nothing else was touched.
        await fleet.RunningAsync("hello", Replicas, PlacedWithin, s => s.Node != node);
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        var stamps = fleet.Stamps.All();
        var ends = stamps.Where(s => !s.IsStart).ToList();
        Assert.Equal(there, ends.Count);
        Assert.Equal(Replicas + there, stamps.Count(s => s.IsStart));
        // Each container counts its pids from the same number: a process is told by its node.
        Assert.All(ends, end => Assert.Contains(stamps, s => s.IsStart && s.Slot == end.Slot && s.Node != end.Node && s.At <= end.At));
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task What_cannot_leave_goes_on_and_the_drain_says_why(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var node = fleet.Nodes[0];
        (await fleet.AskAsync("label", "nodes", node, "only=here")).Succeeded();
        (await fleet.ApplyAsync(Manifest.Of("bound", 2, fleet.Stamps, "  requires: {labels: {only: here}}"), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(2, PlacedWithin);
        var late = await fleet.AskAsync("drain", node, "--wait", "--timeout", "5s");
        Assert.Equal(4, late.ExitCode);
        Assert.Contains("bound/0 goes on here until another node runs it", late.Errors, StringComparison.Ordinal);
        Assert.Contains("needs label only=here", late.Errors, StringComparison.Ordinal);
        Assert.Equal(2, fleet.Stamps.All().Count);

        (await fleet.AskAsync("label", "node", fleet.Nodes[1], "only=here")).Succeeded();
        (await fleet.AskAsync("drain", node, "--wait", "--timeout", "60s")).Succeeded();
        await fleet.RunningAsync("bound", 2, PlacedWithin, s => s.Node == fleet.Nodes[1]);
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task A_cordoned_node_gets_nothing_new_also_after_its_agent_was_killed(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var node = fleet.Nodes[1];
        (await fleet.AskAsync("cordon", node)).Succeeded();
        Assert.Equal($"node/{node} already cordoned\n", (await fleet.AskAsync("cordon", node)).Succeeded().Output);
        await StateAsync(fleet, node, "cordoned");
        await fleet.KillAgentAsync(node);
        await fleet.StartAgentAsync(node);
        await StateAsync(fleet, node, "cordoned");
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        Assert.DoesNotContain(await fleet.SlotsAsync(), s => s.Node == node);
        Assert.Contains("the node is cordoned", (await fleet.AskAsync("why", "hello")).Succeeded().Output, StringComparison.Ordinal);

        (await fleet.AskAsync("uncordon", node)).Succeeded();
        await fleet.OnlineAsync(Nodes);
        (await fleet.ApplyAsync(Manifest.Of("more", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        Assert.Contains(await fleet.SlotsAsync(), s => s.Node == node);
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task A_taint_that_ends_work_moves_what_does_not_tolerate_it(FleetKind kind)
    {
        await using var fleet = await RunningAsync(kind);
        var node = (await fleet.SlotsAsync())[0].Node;
        var counting = fleet.Stamps.BeginToCount();
        (await fleet.AskAsync("taint", "nodes", node, "dedicated=gpu:NoRun")).Succeeded();
        await fleet.RunningAsync("hello", Replicas, PlacedWithin, s => s.Node != node);
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        await counting.EndAsync();
        Assert.Equal(Replicas, counting.Fewest());
        Assert.Equal(1, (await fleet.AskAsync("taint", "nodes", node, "dedicated=cpu:NoRun")).ExitCode);
        // A status is said once a second at most.
        await Eventually.Is(() => fleet.AskAsync("describe", "node", node), r => r.Output.Contains("dedicated=gpu:NoRun", StringComparison.Ordinal), PlacedWithin, r => r.Output + r.Errors, "the taint");
        (await fleet.AskAsync("taint", "nodes", node, "dedicated:NoRun-")).Succeeded();
        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.Living().Count == Replicas ? null : "work moved although nothing wants it to"));
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Labels_are_seen_at_once_and_outlive_the_agent(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var node = fleet.Nodes[2];
        Assert.Equal($"node/{node} labeled\n", (await fleet.AskAsync("label", "nodes", node, "zone=b", "rack=7")).Succeeded().Output);
        Assert.Equal(1, (await fleet.AskAsync("label", "nodes", node, "zone=c")).ExitCode);
        (await fleet.AskAsync("label", "nodes", node, "zone=c", "rack-", "--overwrite")).Succeeded();
        await fleet.KillAgentAsync(node);
        await fleet.StartAgentAsync(node);
        await fleet.OnlineAsync(Nodes);
        await Eventually.Is(
            () => fleet.AskAsync("get", "nodes", "-l", "zone=c,!rack", "--show-labels"), r => r.ExitCode == 0 && r.Output.Contains(node, StringComparison.Ordinal) && r.Output.Contains("zone=c", StringComparison.Ordinal), PlacedWithin, r => r.Output + r.Errors, "the label");
        Assert.Equal(2, (await fleet.AskAsync("label", "nodes", node, "nothing")).ExitCode);
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Nothing_of_a_deleted_node_stays_and_it_is_refused_until_it_is_enrolled(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, "  partition: pin"), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        var node = (await fleet.SlotsAsync())[0].Node;
        var refused = await fleet.AskAsync("delete", "node", node);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is online", refused.Errors, StringComparison.Ordinal);
        await fleet.KillAgentAsync(node);
        await StateAsync(fleet, node, "offline");

        (await fleet.AskAsync("delete", "node", node, "--wait", "--timeout", "60s")).Succeeded();
        await fleet.RunningAsync("hello", Replicas, PlacedWithin, s => s.Node != node);
        Assert.DoesNotContain(await fleet.NodesAsync(), n => n.Name == node);
        Assert.DoesNotContain($"/{node}", (await fleet.AskAsync("doctor")).Succeeded().Output, StringComparison.Ordinal);

        // Its processes had gone on without an agent: they end when it reads that it is no more.
        await fleet.StartAgentAsync(node);
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        Assert.DoesNotContain(await fleet.NodesAsync(), n => n.Name == node);
        (await fleet.AskAsync("enroll", "node", node)).Succeeded();
        await fleet.StartAgentAsync(node);
        await fleet.OnlineAsync(Nodes);
    }

    private static Task<IReadOnlyList<NodeItem>> StateAsync(Fleet fleet, string node, string state) => Eventually.Is(
        fleet.NodesAsync, nodes => nodes.Any(n => n.Name == node && n.State == state), PlacedWithin, nodes => string.Join("; ", nodes.Select(n => $"{n.Name} {n.State}")), $"{node} {state}");

    /// <summary>What is read of them all before is more than a broker takes in one packet.</summary>
    [Fact]
    public async Task Many_workloads_are_applied_and_deleted_at_once()
    {
        const int Many = 150;
        await using var fleet = await Fleet.StartAsync(FleetKind.Mosquitto, 1);
        string[] names = [.. Enumerable.Range(0, Many).Select(i => $"of-many-{i}")];
        (await fleet.ApplyAsync(string.Join("\n---\n", names.Select(n => Manifest.Of(n, 1, fleet.Stamps, "  requires: {labels: {no: such}}"))), "--force")).Succeeded();
        Assert.Equal(Many, (await fleet.AskAsync("get", "workloads")).Succeeded().Output.Split('\n').Count(l => l.StartsWith("of-many-", StringComparison.Ordinal)));
        (await fleet.AskAsync(["delete", .. names, "--wait", "--timeout", "30s"])).Succeeded();
        Assert.DoesNotContain("of-many-", (await fleet.AskAsync("get", "workloads")).Succeeded().Output, StringComparison.Ordinal);
    }

    /// <summary>The fleet, with its work running and each process heard.</summary>
    private static async Task<Fleet> RunningAsync(FleetKind kind)
    {
        var fleet = await Fleet.StartAsync(kind, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, Manifest.Ready(fleet.Stamps)), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        return fleet;
    }
}
