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

    /// <summary>
    /// A busy machine is tens of milliseconds late, and loses what it bids for first: it has its share all the same, as long as it knows of the loss within the three windows (120 ms) that the
    /// others, who have theirs, wait for it.
    /// </summary>
    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    public void Who_is_late_and_loses_its_first_bids_has_its_share_all_the_same(int milliseconds)
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            cell["node-2"].Link.Delay = TimeSpan.FromMilliseconds(milliseconds);
            cell.Operator.Apply("hello", SimOperator.Service(10));
            Assert.True(cell.Within(2, () => cell.RunsOnce(10)), $"seed {seed}: {string.Join(' ', cell.Spread())}\n{cell.Log()}");
            Assert.True(cell.Spread().Max() <= 4, $"{milliseconds} ms, seed {seed}: {string.Join(' ', cell.Spread())}\n{string.Join('\n', cell.Words())}");
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

    /// <summary>In virtual time: the network's way there and back three times, and the start.</summary>
    [Fact]
    public void Who_is_alone_in_a_settled_view_waits_for_nobody()
    {
        const double Soon = 0.010;
        using var cell = new Cell(9, nodes: 1);
        for (var i = 1; i <= 16; i++)
        {
            cell.Operator.Apply($"work-{i}", SimOperator.Service(1));
            Assert.True(cell.Within(Soon, () => cell.RunsOnce(i)), $"work-{i} was not running within {Soon} s\n{cell.Log()}");
        }

        // A second node makes it a race again, which the two decide as ever.
        cell.World.Add("node-2").Start();
        cell.Run(5);
        cell.Operator.Apply("both", SimOperator.Service(8));
        Assert.True(cell.Within(2, () => cell.RunsOnce(24)), cell.Log());
        cell.Run(3);
        Assert.Equal(24, cell.Starts());
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
