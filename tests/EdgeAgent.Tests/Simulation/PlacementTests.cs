using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

[Trait("Category", "simulate")]
public sealed class PlacementTests
{
    [Fact]
    public void Ten_replicas_spread_over_three_nodes_and_nothing_is_started_twice()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            cell.Operator.Apply("hello", SimOperator.Service(10));

            Assert.True(cell.Within(2, () => cell.RunsOnce(10)), $"seed {seed}: {string.Join(' ', cell.Spread())}\n{cell.Log()}");
            cell.Run(3);
            Assert.True(cell.RunsOnce(10), $"seed {seed}");
            Assert.Equal(10, cell.Starts());
            Assert.True(cell.Spread().Max() <= 4, $"seed {seed}: {string.Join(' ', cell.Spread())}");
        }
    }

    [Fact]
    public void A_placement_costs_at_most_four_messages()
    {
        using var cell = new Cell(7, nodes: 3);
        var before = cell.World.Broker.Published.Count;
        cell.Operator.Apply("hello", SimOperator.Service(20));
        Assert.True(cell.Within(2, () => cell.RunsOnce(20)));
        cell.Run(5);

        var published = cell.World.Broker.Published.Skip(before + 1).Where(t => !t.Contains("/self/", StringComparison.Ordinal)).ToList();
        Assert.True(published.Count <= 4 * 20, $"{published.Count} messages:\n{string.Join('\n', published.GroupBy(t => t.Split('/')[4]).Select(g => $"{g.Key} {g.Count()}"))}");
    }

    [Fact]
    public void A_quiet_cell_says_nothing()
    {
        using var cell = new Cell(3, nodes: 3);
        cell.Operator.Apply("hello", SimOperator.Service(6));
        cell.Run(10);
        var before = cell.World.Broker.Published.Count;
        cell.Run(60);

        Assert.Equal(before, cell.World.Broker.Published.Count);
    }
}
