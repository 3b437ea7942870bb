using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Placement;

public sealed class PlacementTests
{
    private const int Nodes = 3;
    private const int Replicas = 10;
    private const int FairShareMax = 4;
    private const int ShareMax = 5;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TakenOverWithin = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan CleanWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(FleetKind.Embedded, 3)]
    [InlineData(FleetKind.Mosquitto, 3)]
    [InlineData(FleetKind.Containers, 2)]
    public Task Ten_replicas_spread_over_three_nodes_and_none_is_moved_to_get_there(FleetKind kind, int runs) => SpreadAsync(kind, runs, unfairMax: 1);

    [Theory]
    [Trait("Category", "nightly")]
    [InlineData(FleetKind.Embedded, 50)]
    [InlineData(FleetKind.Mosquitto, 50)]
    [InlineData(FleetKind.Containers, 50)]
    public Task Ten_replicas_spread_evenly_in_nearly_all_of_fifty_runs(FleetKind kind, int runs) => SpreadAsync(kind, runs, unfairMax: 2);

    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Containers)]
    public async Task The_others_take_over_from_a_killed_agent_and_its_own_work_ends_when_it_returns(FleetKind kind)
    {
        await using var fleet = await Fleet.StartAsync(kind, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps, Manifest.Ready(fleet.Stamps)), "--wait", "--timeout", "30s")).Succeeded();
        var placed = await fleet.RunningAsync("hello", Replicas, PlacedWithin);
        var victim = placed[0].Node;
        var lost = placed.Count(s => s.Node == victim);
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);

        // Its work goes on without it: while it is away there are as many more as it had, and never a process less.
        await fleet.KillAgentAsync(victim);
        var counting = fleet.Stamps.BeginToCount();
        await fleet.RunningAsync("hello", Replicas, TakenOverWithin, s => s.Node != victim);
        await Task.Delay(QuietFor, TestContext.Current.CancellationToken);
        var (most, _) = await counting.EndAsync();
        Assert.Equal(Replicas, counting.Fewest());
        Assert.InRange(most, Replicas, Replicas + lost);

        await fleet.StartAgentAsync(victim);
        await fleet.OnlineAsync(Nodes);
        await fleet.Stamps.LiveAsync(Replicas, CleanWithin);
        await Eventually.StaysFor(QuietFor, () => Task.FromResult(fleet.Stamps.Living().Count == Replicas ? null : $"{fleet.Stamps.Living().Count} processes after all was clean"));
    }

    [Fact]
    public async Task An_agent_killed_in_the_middle_of_a_deployment_leaves_no_orphan()
    {
        await using var fleet = await Fleet.StartAsync(FleetKind.Embedded, Nodes);
        for (var round = 1; round <= Nodes; round++)
        {
            (await fleet.ApplyAsync(Manifest.Of($"w{round}", Replicas, fleet.Stamps))).Succeeded();
            await fleet.KillAgentAsync(fleet.Nodes[round - 1]);
            await fleet.StartAgentAsync(fleet.Nodes[round - 1]);
            await fleet.OnlineAsync(Nodes);
            await fleet.RunningAsync($"w{round}", Replicas, TakenOverWithin);
        }

        await fleet.Stamps.LiveAsync(Nodes * Replicas, TakenOverWithin);
        var owned = (await fleet.SlotsAsync()).Where(s => s.Phase == "running").Select(s => s.Process).ToHashSet();
        Assert.True(owned.SetEquals(fleet.Stamps.Living()));
    }

    [Fact]
    public async Task What_is_deleted_ends_everywhere()
    {
        await using var fleet = await Fleet.StartAsync(FleetKind.Embedded, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        (await fleet.AskAsync("delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
        await fleet.Stamps.LiveAsync(0, CleanWithin);
    }

    private static async Task SpreadAsync(FleetKind kind, int runs, int unfairMax)
    {
        var unfair = 0;
        for (var run = 0; run < runs; run++)
        {
            await using var fleet = await Fleet.StartAsync(kind, Nodes);
            (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
            var slots = await fleet.RunningAsync("hello", Replicas, PlacedWithin);
            var largest = slots.GroupBy(s => s.Node).Max(g => g.Count());
            Assert.InRange(largest, 1, ShareMax);
            unfair += largest > FairShareMax ? 1 : 0;

            // A process that runs may not have written its stamp yet.
            await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
            await Eventually.StaysFor(QuietFor, () => Task.FromResult(
                fleet.Stamps.All().Count == Replicas ? null : $"work was started or stopped after it was placed: {fleet.Stamps.All().Count} stamps"));
        }

        Assert.InRange(unfair, 0, unfairMax);
    }
}
