using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>What the broker lost of the operator's word is kept there as copies by some of those who know it, until it is back (docs/adr/0017).</summary>
[Trait("Category", "simulate")]
public sealed class CopyTests
{
    private const int Nodes = 12;
    private const int Workloads = 5;

    [Fact]
    public void Three_nodes_say_a_copy_of_what_the_broker_lost_and_clear_it_when_it_is_back()
    {
        using var cell = Emptied();
        cell.World.Broker.Start(emptyStore: true);
        cell.Run(60);

        Assert.All(Enumerable.Range(0, Workloads), w => Assert.Equal(3, Copies(cell).Count(t => t.Contains($"/copy/w{w}/", StringComparison.Ordinal))));
        Assert.Equal(3 * Workloads, cell.World.Broker.Published.Count(t => t.Contains("/copy/", StringComparison.Ordinal)));
        Assert.True(cell.RunsOnce(Workloads), cell.Log());

        cell["node-7"].Kill();
        cell["node-7"].Start();
        cell.Run(10);
        Enumerable.Range(0, Workloads).ToList().ForEach(w => cell.Operator.Repeat(WorkloadName.Parse($"w{w}")));
        cell.Run(10);
        Assert.Empty(Copies(cell));
    }

    [Fact]
    public void Where_the_first_three_are_away_others_say_it()
    {
        using var cell = Emptied();

        // One is left of those who know it: there must be a copy of each, whoever would have been the first.
        foreach (var node in cell.World.Nodes.Values.Skip(1))
        {
            node.PowerOff();
        }

        cell.World.Broker.Start(emptyStore: true);
        cell.Run(60);
        Assert.Equal(Workloads, Copies(cell).Count());
    }

    [Fact]
    public void A_copy_that_was_said_by_an_earlier_agent_is_cleared_too()
    {
        using var cell = Emptied();
        cell.World.Broker.Start(emptyStore: true);
        cell.Run(60);
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Kill();
        }

        Enumerable.Range(0, Workloads).ToList().ForEach(w => cell.Operator.Repeat(WorkloadName.Parse($"w{w}")));
        cell.Run(1);
        Assert.NotEmpty(Copies(cell));
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Start();
        }

        cell.Run(30);
        Assert.Empty(Copies(cell));
    }

    /// <summary>Its work runs, and its broker has just been killed.</summary>
    private static Cell Emptied()
    {
        var cell = new Cell(17, Nodes);
        Enumerable.Range(0, Workloads).ToList().ForEach(w => cell.Operator.Apply($"w{w}", SimOperator.Service(1)));
        Assert.True(cell.Within(20, () => cell.RunsOnce(Workloads)), cell.Log());
        cell.Run(10);
        cell.World.Broker.Kill();
        return cell;
    }

    private static IEnumerable<string> Copies(Cell cell) => cell.World.Broker.Retained.Keys.Where(t => t.Contains("/copy/", StringComparison.Ordinal));
}
