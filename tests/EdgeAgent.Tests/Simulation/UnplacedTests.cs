using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>What can't be placed is told of, once; and why remembers what was decided.</summary>
public sealed class UnplacedTests
{
    private static readonly WorkloadSpec Huge = SimOperator.Service(2) with { Resources = new Resources(new(100_000), default, default, 0) };

    [Fact]
    public void One_node_tells_of_it_once_with_the_nearest_and_once_more_when_it_is_over()
    {
        using var cell = new Cell(21, nodes: 3, n => n.Taints = n.Name == "node-2" ? [] : [new("kept", "apart", TaintEffect.NoPlace)]);
        cell.Operator.Apply("picky", SimOperator.Service(2) with { Requires = new() { Labels = new Dictionary<string, string> { ["rack"] = "7" } } });
        cell.Run(300);
        var told = Assert.Single(Told(cell, "Unplaced"));
        Assert.Contains("2 slots of picky are placed nowhere: of 3 nodes node-2 is nearest, lacks label rack=7 (edgectl why picky)", told, StringComparison.Ordinal);
        Assert.Empty(Told(cell, "Placeable"));
        Assert.Equal(1, Events(cell));

        cell["node-2"].Labels = new Dictionary<string, string> { ["rack"] = "7" };
        cell["node-2"].Reconfigure();
        Assert.True(cell.Within(60, () => cell.RunsOnce(2)), cell.Log());
        cell.Run(60);
        _ = Assert.Single(Told(cell, "Placeable"));
        Assert.Equal(2, Events(cell));
    }

    [Fact]
    public void A_teller_that_dies_is_followed_by_another()
    {
        using var cell = new Cell(24, nodes: 3);
        cell.Operator.Apply("huge", Huge);
        cell.Run(30);
        var first = cell.World.Nodes.Values.Single(n => n.Log.Any(l => l.Contains("Unplaced", StringComparison.Ordinal)));
        first.Kill();
        cell.Run(60);
        Assert.Single(cell.World.Nodes.Values, n => n != first && n.Log.Any(l => l.Contains("Unplaced", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_fits_is_not_told_of()
    {
        using var cell = new Cell(22, nodes: 3);
        cell.Operator.Apply("hello", SimOperator.Service(6));
        cell.Run(120);
        Assert.Empty(Told(cell, "Unplaced"));
        Assert.Equal(0, Events(cell));
    }

    [Fact]
    public void Why_remembers_the_past_hour_and_answers_without_a_broker()
    {
        using var cell = new Cell(23, nodes: 1);
        cell.Operator.Apply("hello", SimOperator.Service(1));
        cell.Operator.Apply("huge", Huge);
        cell.Run(30);
        cell.World.Broker.Stop();
        cell.Run(60);
        cell["node-1"].Ask("why", "hello");
        cell.Run(0.1);
        Assert.Matches("hello/0 bid: epoch 1, score [0-9]+ \\(base 700000, room [0-9]+, preferences 100000\\)", cell["node-1"].LastAnswer);
        Assert.Contains("hello/0 held: epoch 1", cell["node-1"].LastAnswer, StringComparison.Ordinal);
        cell["node-1"].Ask("why", "huge");
        cell.Run(0.1);
        Assert.Contains("huge/1 declined: needs 100000m cpu", cell["node-1"].LastAnswer, StringComparison.Ordinal);
        cell.Run(3601);
        cell["node-1"].Ask("why", "huge");
        cell.Run(0.1);
        Assert.Contains("\"decisions\":[]", cell["node-1"].LastAnswer, StringComparison.Ordinal);
    }

    private static string[] Told(Cell cell, string kind) => [.. cell.World.Nodes.Values.SelectMany(n => n.Log).Where(l => l.Contains(kind, StringComparison.Ordinal))];

    private static int Events(Cell cell) => cell.World.Broker.Published.Count(t => t.Contains("/event/", StringComparison.Ordinal));
}
