using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>Slots that are dealt to zones, on published agents.</summary>
public sealed class DomainTests
{
    private const int Nodes = 3;
    private const int Replicas = 4;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);

    /// <summary>Between 30 and 60 s after it runs elsewhere.</summary>
    private static readonly TimeSpan HomeWithin = TimeSpan.FromSeconds(100);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Slots_are_dealt_to_zones_and_follow_a_node_s_label(FleetKind kind)
    {
        await using var fleet = await TwoInZoneAsync(kind);
        var refused = await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, "  spread: {by: zone, domains: [a, a]}"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("spec.spread.domains[1]", refused.Errors, StringComparison.Ordinal);

        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, $"{Manifest.Ready(fleet.Stamps)}\n  spread: {{by: zone, domains: [a, b], hard: true}}"))).Succeeded();
        await fleet.RunningAsync("hello", Replicas / 2, PlacedWithin, s => s.Index % 2 == 0);
        Assert.Contains("hello/1 belongs to zone=b, here it is a", (await fleet.AskAsync("why", "hello")).Succeeded().Output, StringComparison.Ordinal);

        await ZoneAsync(fleet, fleet.Nodes[2], "b");
        await fleet.RunningAsync("hello", Replicas, PlacedWithin, s => s.Node == fleet.Nodes[2] == (s.Index % 2 == 1));

        // The zone moves to another node, and its slots go there: the new ones run before the old ones end.
        var counting = fleet.Stamps.BeginToCount();
        await ZoneAsync(fleet, fleet.Nodes[1], "b");
        await ZoneAsync(fleet, fleet.Nodes[2], "c");
        await fleet.RunningAsync("hello", Replicas, PlacedWithin, s => s.Node == fleet.Nodes[s.Index % 2]);
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        await counting.EndAsync();
        Assert.Equal(Replicas, counting.Fewest());
    }

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task What_runs_outside_its_zone_comes_home_when_there_is_one(FleetKind kind)
    {
        await using var fleet = await TwoInZoneAsync(kind);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, $"{Manifest.Ready(fleet.Stamps)}\n  spread: {{by: zone, domains: [a, b]}}"), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);

        var counting = fleet.Stamps.BeginToCount();
        await ZoneAsync(fleet, fleet.Nodes[2], "b");
        await fleet.RunningAsync("hello", Replicas, HomeWithin, s => s.Node == fleet.Nodes[2] == (s.Index % 2 == 1));
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        await counting.EndAsync();
        Assert.Equal(Replicas, counting.Fewest());
    }

    /// <summary>Two nodes in zone a, and one in none.</summary>
    private static async Task<Fleet> TwoInZoneAsync(FleetKind kind)
    {
        var fleet = await Fleet.StartAsync(kind, Nodes);
        await ZoneAsync(fleet, fleet.Nodes[0], "a");
        await ZoneAsync(fleet, fleet.Nodes[1], "a");
        return fleet;
    }

    private static async Task ZoneAsync(Fleet fleet, string node, string zone) => (await fleet.AskAsync("label", "nodes", node, $"zone={zone}", "--overwrite")).Succeeded();
}
