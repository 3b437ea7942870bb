using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>Work comes to a node that has room again (docs/adr/0029), on published agents; what came of it is the work's own word.</summary>
public sealed class BalanceTests
{
    private const int Nodes = 3;
    private const int Replicas = 9;
    private const int Share = 3;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);

    /// <summary>R is two seconds: a node may wish after twelve of them, and then takes a slot in six to twelve.</summary>
    private static readonly TimeSpan BalancedWithin = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan ToldWithin = TimeSpan.FromSeconds(45);

    [Theory]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Containers)]
    public async Task A_node_that_has_room_again_gets_its_part_one_slot_at_a_time_and_nothing_goes_down(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, Manifest.Ready(fleet.Stamps)), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        var node = fleet.Nodes[0];
        (await fleet.AskAsync("drain", node, "--wait", "--timeout", "60s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);

        var listening = fleet.AskAsync("events", "--for", $"{ToldWithin.TotalSeconds:0}s", "-o", "json");
        var counting = fleet.Stamps.BeginToCount();
        var before = fleet.Stamps.All().Count(s => s.IsStart);
        (await fleet.AskAsync("uncordon", node)).Succeeded();
        await Eventually.Is(
            fleet.SlotsAsync,
            slots => slots.Where(s => s.Phase == "running").GroupBy(s => s.Node).Count(g => g.Count() == Share) == Nodes,
            BalancedWithin,
            slots => string.Join("; ", slots.Select(s => $"{s.Index} {s.Phase} on {s.Node}")),
            $"{Share} on each node");
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        var (most, _) = await counting.EndAsync();
        Assert.Equal(Replicas, counting.Fewest());
        Assert.InRange(most, Replicas, Replicas + 1);
        Assert.Equal(Share, fleet.Stamps.All().Count(s => s.IsStart) - before);
        Assert.Contains("Offered", (await listening).Succeeded().Output, StringComparison.Ordinal);
    }
}
