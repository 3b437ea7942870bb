using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>Who gives way on published agents (docs/adr/0024); what came of it is the work's own word.</summary>
public sealed class PriorityTests
{
    private const int Nodes = 3;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Where_all_nodes_are_full_the_least_important_gives_way_and_nobody_else(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var cores = await CoresAsync(fleet);
        await PlaceAsync(fleet, "mid", 2, 50, cores * 6 / 10);
        await PlaceAsync(fleet, "low", 1, 10, cores * 6 / 10);
        await fleet.Stamps.LiveAsync(Nodes, PlacedWithin);
        var before = fleet.Stamps.Living();
        var node = (await fleet.SlotsAsync()).Single(s => s.Workload == "low").Node;

        (await fleet.ApplyAsync(Work(fleet, "high", 1, 100, cores / 2), "--wait", "--timeout", "30s")).Succeeded();
        Assert.Equal(node, (await fleet.SlotsAsync()).Single(s => s.Workload == "high").Node);
        await fleet.Stamps.LiveAsync(Nodes, PlacedWithin);
        Assert.Equal(["high/0", "mid/0", "mid/1"], fleet.Stamps.Living().Select(p => p.Slot).Order());
        Assert.Equal(2, fleet.Stamps.Living().Count(before.Contains));

        // By their own words: low wrote that it ends before high wrote that it began.
        var stamps = fleet.Stamps.All();
        Assert.True(stamps.Single(s => s.Slot == "low/0" && !s.IsStart).At <= stamps.Single(s => s.Slot == "high/0").At);

        var says = $"preempted on {node} by high/0 (priority 100 over 10)";
        var low = (await fleet.SlotsAsync()).Single(s => s.Workload == "low");
        Assert.Equal(("released", says), (low.Phase, low.Reason));
        var why = (await fleet.AskAsync("why", "low")).Succeeded().Output;
        Assert.Contains(says, why, StringComparison.Ordinal);
        Assert.Contains("cpu, ", why, StringComparison.Ordinal);
        Assert.Contains("it displaced low/0", (await fleet.AskAsync("why", "high")).Succeeded().Output, StringComparison.Ordinal);
        var described = (await fleet.AskAsync("describe", "workload", "high")).Succeeded().Output;
        Assert.Contains("it displaced low/0", described, StringComparison.Ordinal);
        Assert.Contains("priority:", described, StringComparison.Ordinal);

        // It stays so, and is taken back when there is room again.
        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.All().Count == stamps.Count ? null : "something was started or ended"));
        (await fleet.AskAsync("delete", "high")).Succeeded();
        await fleet.RunningAsync("low", 1, PlacedWithin, s => s.Node == node);
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task What_gave_way_runs_elsewhere_where_there_is_room_and_equal_priority_waits_with_the_reason(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, 2);
        var (one, other, cores) = (fleet.Nodes[0], fleet.Nodes[1], await CoresAsync(fleet));
        (await fleet.AskAsync("label", "nodes", one, "name=one")).Succeeded();
        (await fleet.AskAsync("label", "nodes", other, "name=other")).Succeeded();
        await PlaceAsync(fleet, "fill-one", 1, 100, cores / 2, "  requires: {labels: {name: one}}");
        await PlaceAsync(fleet, "fill-other", 1, 100, cores * 6 / 10, "  requires: {labels: {name: other}}");
        await PlaceAsync(fleet, "low", 1, 10, cores / 4, "  prefers: [{weight: 100, labels: {name: one}}]");
        Assert.Equal(one, (await fleet.SlotsAsync()).Single(s => s.Workload == "low").Node);

        // Half of one is free when low goes, which has room on the other.
        (await fleet.ApplyAsync(Work(fleet, "high", 1, 100, cores * 45 / 100), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.RunningAsync("high", 1, PlacedWithin, s => s.Node == one);
        await fleet.RunningAsync("low", 1, PlacedWithin, s => s.Node == other);
        await fleet.Stamps.LiveAsync(4, PlacedWithin);
        Assert.Equal(5, fleet.Stamps.All().Count(s => s.IsStart));

        // Nobody gives way to its equals.
        (await fleet.ApplyAsync(Work(fleet, "late", 1, 100, cores / 2))).Succeeded();
        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.All().Count == 6 ? null : "something was started or ended"));
        var why = (await fleet.AskAsync("why", "late")).Succeeded().Output;
        Assert.Contains($"needs {cores / 2}m cpu", why, StringComparison.Ordinal);
        Assert.Contains("lower priority", why, StringComparison.Ordinal);
    }

    private static async Task PlaceAsync(Fleet fleet, string name, int replicas, int priority, long milli, string more = "") =>
        (await fleet.ApplyAsync(Work(fleet, name, replicas, priority, milli, more), "--wait", "--timeout", "30s")).Succeeded();

    private static string Work(Fleet fleet, string name, int replicas, int priority, long milli, string more = "") =>
        Manifest.Of(name, replicas, fleet.Stamps, $"  priority: {priority}\n{more}").Replace("cpu: 1m", $"cpu: {milli}m", StringComparison.Ordinal);

    /// <summary>Thousandths of a core that each node has: all are this machine.</summary>
    private static async Task<long> CoresAsync(Fleet fleet)
    {
        using var answer = JsonDocument.Parse((await fleet.AskAsync("get", "nodes", "-o", "json")).Succeeded().Output);
        var text = answer.RootElement.GetProperty("items")[0].GetProperty("capacity").GetProperty("cpu").GetString()!;
        return text.EndsWith('m') ? long.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture) : long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) * 1000;
    }
}
