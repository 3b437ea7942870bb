using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

/// <summary>Workloads that share no node, on published agents.</summary>
public sealed class ApartTests
{
    private const int Nodes = 3;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task Neither_comes_to_where_the_other_is_and_a_rule_that_comes_later_parts_them_without_a_gap(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        var refused = await fleet.ApplyAsync(Manifest.Of("web", 1, fleet.Stamps, "  apart: [db, db]"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("spec.apart[1]: db is named twice", refused.Errors, StringComparison.Ordinal);

        // One slot to a node: the fourth has no place, and says which rule keeps it off.
        (await fleet.ApplyAsync(Manifest.Of("db", Nodes + 1, fleet.Stamps, "  apart: [db]"))).Succeeded();
        var slots = await fleet.RunningAsync("db", Nodes, PlacedWithin);
        Assert.Equal(Nodes, slots.Select(s => s.Node).Distinct().Count());
        Assert.Contains("db is to be apart from itself", (await fleet.AskAsync("why", "db")).Succeeded().Output, StringComparison.Ordinal);

        // Only web has the rule; db doesn't come to its node either.
        (await fleet.ApplyAsync(Manifest.Of("web", 1, fleet.Stamps, "  apart: [db]"))).Succeeded();
        await Eventually.Is(
            async () => (await fleet.AskAsync("why", "web")).Output,
            o => o.Contains("db is here, and web is to be apart from it", StringComparison.Ordinal) && o.Contains("nearest", StringComparison.Ordinal),
            PlacedWithin,
            o => o,
            "why web names db");
        (await fleet.ApplyAsync(Manifest.Of("db", Nodes - 1, fleet.Stamps, "  apart: [db]"))).Succeeded();
        var web = (await fleet.RunningAsync("web", 1, PlacedWithin)).Single(s => s.Workload == "web").Node;
        await fleet.RunningAsync("db", Nodes - 1, PlacedWithin, s => s.Node != web);

        // Of work that is on all nodes one slot goes, for a rule that comes later, and nothing is down meanwhile.
        (await fleet.ApplyAsync(Manifest.Of("web", 1, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        (await fleet.ApplyAsync(Manifest.Of("zoo", Nodes, fleet.Stamps, Manifest.Ready(fleet.Stamps)), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(Nodes * 2, PlacedWithin);
        var counting = fleet.Stamps.BeginToCount();
        (await fleet.ApplyAsync(Manifest.Of("web", 1, fleet.Stamps, "  apart: [zoo]"))).Succeeded();
        await fleet.RunningAsync("zoo", Nodes, PlacedWithin, s => s.Node != web);
        await fleet.Stamps.LiveAsync(Nodes * 2, PlacedWithin);
        await counting.EndAsync();
        Assert.Equal(Nodes * 2, counting.Fewest());
    }
}
