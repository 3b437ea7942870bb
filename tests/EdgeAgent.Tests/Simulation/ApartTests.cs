using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Workloads that share no node (docs/adr/0027).</summary>
[Trait("Category", "simulate")]
public sealed class ApartTests
{
    private static readonly WorkloadName Web = WorkloadName.Parse("web");
    private static readonly WorkloadName Db = WorkloadName.Parse("db");

    /// <summary>Only one of them has the rule, and either of them may come first.</summary>
    [Theory]
    [InlineData("db", "web")]
    [InlineData("web", "db")]
    public void Neither_comes_to_where_the_other_is(string first, string second)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            Apply(cell, first);
            Assert.True(cell.Within(5, () => cell.RunsOnce(2)), cell.Log());
            Apply(cell, second);
            Assert.True(cell.Within(5, () => cell.RunsOnce(4)), $"seed {seed}\n{cell.Log()}");
            Assert.True(AreApart(cell), $"seed {seed}\n{cell.Log()}");
        }
    }

    /// <summary>Both are wanted in the same moment, and each node may bid for either.</summary>
    [Fact]
    public void What_is_bid_for_at_once_is_apart_too()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using var cell = new Cell(seed, nodes: 4);
            Apply(cell, "db");
            Apply(cell, "web");
            Assert.True(cell.Within(10, () => cell.RunsOnce(4)), $"seed {seed}\n{cell.Log()}");
            Assert.True(AreApart(cell), $"seed {seed}\n{cell.Log()}");
        }
    }

    [Fact]
    public void What_has_no_place_says_for_whom_and_comes_when_that_has_gone()
    {
        using var cell = new Cell(1, nodes: 1);
        Apply(cell, "db");
        Assert.True(cell.Within(5, () => cell.RunsOnce(2)), cell.Log());
        Apply(cell, "web");
        cell.Run(10);
        Assert.Equal(2, cell.Running().Count);
        var rules = cell["node-1"].Rules!;
        Assert.Equal("db is here, and web is to be apart from it", rules.WhyNot(rules.IntentOf(Web)!));
        var obstacle = Assert.Single(rules.Assess(rules.IntentOf(Web)!).Obstacles);
        Assert.Equal(("apart", "", Obstacle.Whole), (obstacle.Name, obstacle.Lacks, obstacle.Share));

        cell.Operator.Delete("db");
        Assert.True(cell.Within(10, () => cell.RunsOnce(2) && cell.Running().Keys.All(s => s.Workload == Web)), cell.Log());
        Apply(cell, "db");
        cell.Run(10);
        Assert.Equal("web is here, and is to be apart from db", rules.WhyNot(rules.IntentOf(Db)!));
    }

    /// <summary>What is deleted counts until its last process has ended, though its rule is deleted too.</summary>
    [Fact]
    public void Nothing_comes_before_the_last_process_of_the_other_has_ended()
    {
        using var cell = new Cell(2, nodes: 1);
        Apply(cell, "web");
        Assert.True(cell.Within(5, () => cell.RunsOnce(2)), cell.Log());
        cell["node-1"].Runtime.StopLatency = TimeSpan.FromSeconds(5);
        cell.Operator.Delete("web");
        Apply(cell, "db");
        cell.Run(4);
        Assert.All(cell.Running().Keys, s => Assert.Equal(Web, s.Workload));
        Assert.True(cell.Within(10, () => cell.RunsOnce(2) && cell.Running().Keys.All(s => s.Workload == Db)), cell.Log());
    }

    [Fact]
    public void Apart_from_itself_is_one_slot_to_a_node()
    {
        using var cell = new Cell(3, nodes: 3);
        cell.Operator.Apply("web", SimOperator.Service(4) with { Apart = [Web] });
        Assert.True(cell.Within(5, () => cell.Spread() is [1, 1, 1]), cell.Log());
        cell.Run(30);
        Assert.Equal([1, 1, 1], cell.Spread());
        Assert.Equal(3, cell.Starts());
        var rules = cell["node-1"].Rules!;
        Assert.Equal("a slot of it is here, and web is to be apart from itself", rules.WhyNot(rules.IntentOf(Web)!));
    }

    /// <summary>The one of the later name goes, the old one running until the new one does; where it has no other place it stays, and says so.</summary>
    [Fact]
    public void A_rule_that_comes_later_parts_what_is_together_and_interrupts_nothing()
    {
        using var cell = new Cell(4, nodes: 2);
        cell.Operator.Apply("db", SimOperator.Service(2));
        cell.Operator.Apply("web", SimOperator.Service(2));
        Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
        cell.Operator.Apply("web", SimOperator.Service(2) with { Apart = [Db] }, workChanged: false);
        cell.Run(30);
        Assert.Equal(4, cell.Starts());
        Assert.Contains(cell["node-1"].Rules!.Leaving, l => l.Slot.Workload == Web && l.Text == "goes on here until another node runs it, for it is to be apart from db");

        cell.World.Add("node-3").Start();
        var least = 4;
        Assert.True(
            cell.Within(20, () =>
            {
                least = Math.Min(least, cell.Running().Count);
                return cell.RunsOnce(4) && AreApart(cell);
            }),
            cell.Log());
        Assert.Equal(4, least);
        cell.Run(60);
        Assert.Equal(6, cell.Starts());
    }

    [Fact]
    public void Of_two_that_are_together_the_one_of_lower_priority_goes()
    {
        using var cell = new Cell(5, nodes: 1);
        cell.Operator.Apply("db", SimOperator.Service(1));
        cell.Operator.Apply("web", SimOperator.Service(1) with { Priority = 10 });
        Assert.True(cell.Within(5, () => cell.RunsOnce(2)), cell.Log());
        cell.Operator.Apply("web", SimOperator.Service(1) with { Priority = 10, Apart = [Db] }, workChanged: false);
        cell.World.Add("node-2").Start();
        Assert.True(cell.Within(20, () => cell.RunsOnce(2) && AreApart(cell)), cell.Log());
        Assert.Equal(Db, Assert.Single(cell["node-2"].Runtime.Alive).Tag.Slot.Workload);
    }

    /// <summary>Room can be made for work of a higher priority, and distance can't.</summary>
    [Fact]
    public void Nobody_goes_for_work_that_is_to_be_apart_from_it()
    {
        using var cell = new Cell(6, nodes: 1);
        var big = SimOperator.Service(1) with { Resources = new Resources(new(3000), default, default, 0) };
        cell.Operator.Apply("db", big);
        Assert.True(cell.Within(5, () => cell.RunsOnce(1)), cell.Log());
        cell.Operator.Apply("web", big with { Priority = 10, Apart = [Db] });
        cell.Run(60);
        Assert.Equal(Db, Assert.Single(cell.Running()).Key.Workload);
        var rules = cell["node-1"].Rules!;
        Assert.DoesNotContain("would give way", rules.WhyNot(rules.IntentOf(Web)!), StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_not_run_twice_or_is_pinned_stays_under_a_rule_that_comes_later()
    {
        using var cell = new Cell(7, nodes: 1);
        var pinned = SimOperator.Service(1) with { Partition = PartitionPolicy.Pin };
        cell.Operator.Apply("db", pinned);
        cell.Operator.Apply("web", pinned);
        Assert.True(cell.Within(5, () => cell.RunsOnce(2)), cell.Log());
        cell.Operator.Apply("web", pinned with { Apart = [Db] }, workChanged: false);
        cell.World.Add("node-2").Start();
        cell.Run(60);
        Assert.Equal(2, cell.Starts());
    }

    private static void Apply(Cell cell, string name) => cell.Operator.Apply(name, SimOperator.Service(2) with { Apart = name == "web" ? [Db] : [] });

    private static bool AreApart(Cell cell) => cell.World.Nodes.Values.All(n => n.Runtime.Alive.Select(u => u.Tag.Slot.Workload).Distinct().Count() <= 1);
}
