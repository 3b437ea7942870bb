using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A node that is short of memory sheds work, the least important first (docs/adr/0034).</summary>
[Trait("Category", "simulate")]
public sealed class EvictionTests
{
    private static readonly WorkloadSpec Low = SimOperator.Service(1) with { Priority = 10, Resources = Memory(64) };
    private static readonly WorkloadSpec High = Low with { Priority = 100 };

    [Fact]
    public void The_least_important_goes_and_runs_elsewhere_and_nothing_new_comes_until_it_is_over()
    {
        using var cell = new Cell(1, nodes: 2, Named);
        Place(cell, "high", High with { Requires = On("node-1") });
        Place(cell, "low", Low with { Prefers = [new(100, On("node-1").Labels)] });
        var node = cell["node-1"];
        Assert.Equal(2, node.Runtime.Alive.Count());
        node.Press();
        Assert.True(cell.Within(5, () => cell.RunsOnce(2) && cell["node-2"].Runtime.UnitOf(Slot("low")) is { IsAlive: true }), cell.Log());
        Assert.True(node.Runtime.UnitOf(Slot("high")) is { IsAlive: true });
        Assert.Contains(node.Log, l => l.Contains("Evicted", StringComparison.Ordinal) && l.Contains("low/0", StringComparison.Ordinal) && l.Contains("evicted from node-1 (priority 10): 3 % is left", StringComparison.Ordinal));
        Assert.Contains("the taint memory-pressure=full:NoPlace is not tolerated", node.Rules!.WhyNot(cell.Operator.Wanted[WorkloadName.Parse("low")]), StringComparison.Ordinal);

        // What was there stays, and nothing comes.
        cell.Operator.Apply("next", Low with { Replicas = 4 });
        Assert.True(cell.Within(5, () => cell.RunsOnce(6)), cell.Log());
        Assert.Equal([1, 5], cell.Spread());
        node.Relieve();
        cell.Run(1);
        cell.Operator.Apply("last", Low with { Requires = On("node-1") });
        Assert.True(cell.Within(5, () => cell.RunsOnce(7)), cell.Log());
    }

    [Fact]
    public void Of_equal_priority_one_without_a_limit_goes_first_then_the_greatest_one_at_each_word()
    {
        using var cell = new Cell(2, nodes: 1);
        Place(cell, "small", Low);
        Place(cell, "great", Low with { Resources = Memory(512) });
        Place(cell, "boundless", Low with { Resources = default });
        foreach (var (name, left) in ((string, int)[])[("boundless", 2), ("great", 1), ("small", 0)])
        {
            cell["node-1"].Press();
            Assert.True(cell.Within(5, () => cell.Running().Count == left), cell.Log());
            Assert.DoesNotContain(cell.Running().Keys, s => s.Workload.Value == name);
            cell.Run(30);
            Assert.Equal(left, cell.Running().Count);
        }

        // There is no other node: all come back when it is over.
        cell["node-1"].Relieve();
        Assert.True(cell.Within(5, () => cell.RunsOnce(3)), cell.Log());
    }

    [Fact]
    public void Pinned_work_and_what_runs_everywhere_stay()
    {
        using var cell = new Cell(3, nodes: 2);
        Place(cell, "pinned", Low with { Partition = PartitionPolicy.Pin, Replicas = 2 });
        cell.Operator.Apply("everywhere", Low with { Mode = WorkloadMode.Everywhere });
        cell.Run(3);
        var starts = cell.Starts();
        cell["node-1"].Press();
        cell["node-2"].Press();
        cell.Run(30);
        Assert.Equal((4, starts), (cell.World.Nodes.Values.Sum(n => n.Runtime.Alive.Count()), cell.Starts()));
    }

    [Fact]
    public void What_the_taint_lets_in_stays_and_a_change_is_taken_where_the_work_is()
    {
        using var cell = new Cell(6, nodes: 2);
        Place(cell, "bears", Low with { Replicas = 2, Tolerations = [new("memory-pressure", "", null)] });
        cell.Operator.Apply("everywhere", Low with { Mode = WorkloadMode.Everywhere });
        cell.Run(3);
        var (where, starts) = (cell.Spread(), cell.Starts());
        cell["node-1"].Press();
        cell.Run(15);
        Assert.Equal((starts, 4), (cell.Starts(), cell.Spread().Sum()));

        // A change of what runs on every node is no new work.
        cell.Operator.Apply("everywhere", Low with { Mode = WorkloadMode.Everywhere, Run = (ExecRun)Low.Run with { Environment = new Dictionary<string, string> { ["A"] = "b" } } });
        cell.Run(15);
        Assert.Equal(where, cell.Spread());
        Assert.Equal(starts + 2, cell.Starts());
    }

    [Fact]
    public void What_is_evicted_from_a_drained_node_comes_back_where_nobody_else_takes_it()
    {
        using var cell = new Cell(7, nodes: 1);
        Place(cell, "low", Low);
        cell.Operator.Mark(cell["node-1"], "drain");
        cell.Run(5);
        cell["node-1"].Press();
        Assert.True(cell.Within(5, () => cell.Running().Count == 0), cell.Log());
        cell["node-1"].Relieve();
        Assert.True(cell.Within(60, () => cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void No_more_of_a_workload_go_than_may_be_down()
    {
        using var cell = new Cell(4, nodes: 1);
        Place(cell, "low", Low with { Replicas = 3, MaxUnavailable = 1 });
        for (var word = 0; word < 5; word++)
        {
            cell["node-1"].Press();
            cell.Run(10);
        }

        Assert.Equal(2, cell.Running().Count);
        cell["node-1"].Relieve();
        Assert.True(cell.Within(10, () => cell.RunsOnce(3)), cell.Log());
        Assert.All(cell.Words(), w => Assert.Equal(ClaimPhase.Running, w.Phase));
    }

    [Fact]
    public void What_still_waits_for_its_permit_stays_as_soon_as_there_is_memory()
    {
        using var cell = new Cell(8, nodes: 1);
        Place(cell, "low", Low with { Replicas = 2, MaxUnavailable = 1 });
        var node = cell["node-1"];
        node.Press();
        cell.Run(10);
        node.Press();
        cell.Run(10);
        Assert.Single(node.Rules!.Leaving);
        node.Ease();
        cell.Run(3);
        Assert.Empty(node.Rules.Leaving);
        Assert.True(cell.RunsOnce(1), cell.Log());
    }

    [Fact]
    public void Its_taint_is_nobody_else_s_word()
    {
        using var cell = new Cell(9, nodes: 1);
        cell.Operator.Mark(cell["node-1"], "taint", new Dictionary<string, string> { ["set.NoRun.memory-pressure"] = "mine" });
        cell.Run(1);
        Place(cell, "low", Low);
    }

    [Fact]
    public void What_others_could_not_hear_of_stays()
    {
        using var cell = new Cell(5, nodes: 2);
        Place(cell, "low", Low);
        cell.World.Broker.Stop();
        cell.Run(3);
        cell["node-1"].Press();
        cell["node-2"].Press();
        cell.Run(30);
        Assert.True(cell.RunsOnce(1), cell.Log());
    }

    private static void Named(SimNode node) => node.Labels = new Dictionary<string, string> { ["name"] = node.Name };

    private static void Place(Cell cell, string name, WorkloadSpec spec)
    {
        cell.Operator.Apply(name, spec);
        Assert.True(cell.Within(3, () => cell.Running().Count(r => r.Key.Workload.Value == name) == spec.Replicas), cell.Log());
    }

    private static Requirements On(string node) => new() { Labels = new Dictionary<string, string> { ["name"] = node } };

    private static Resources Memory(int mebibytes) => new(default, new((long)mebibytes << 20), default, 0);

    private static SlotId Slot(string workload) => new(WorkloadName.Parse(workload), 0);
}
