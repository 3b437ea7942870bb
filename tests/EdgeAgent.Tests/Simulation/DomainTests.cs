using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Slots that are dealt to the values of a node's label (docs/adr/0025).</summary>
[Trait("Category", "simulate")]
public sealed class DomainTests
{
    private static readonly SpreadRule Hard = new("zone", ["a", "b"]) { IsHard = true };
    private static readonly SpreadRule Soft = new("zone", ["a", "b"]);

    /// <summary>traces.md, 24: two nodes of one zone took slots 0 and 1 at once, for different slots never contend.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trace_24_each_domain_has_its_own_slots_however_many_nodes_it_has(bool isHard)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = Zones(seed, "a", "a", "a", "b");
            cell.Operator.Apply("hello", SimOperator.Service(6) with { Spread = isHard ? Hard : Soft });
            Assert.True(cell.Within(5, () => cell.RunsOnce(6)), cell.Log());
            Assert.True(3 == In(cell, "b"), $"seed {seed}\n{cell.Log()}");
        }
    }

    [Fact]
    public void Of_a_hard_rule_a_slot_whose_domain_has_no_node_runs_nowhere_and_says_why()
    {
        using var cell = Zones(1, "a", "a");
        cell.Operator.Apply("hello", SimOperator.Service(2) with { Spread = Hard });
        cell.Run(60);
        Assert.Equal(new SlotId(WorkloadName.Parse("hello"), 0), Assert.Single(cell.Running()).Key);
        Assert.Contains("hello/1 belongs to zone=b, here it is a", cell["node-1"].Rules!.ExplainSlots(WorkloadName.Parse("hello")).Last().Text, StringComparison.Ordinal);

        Join(cell, "node-3", "b");
        Assert.True(cell.Within(10, () => cell.RunsOnce(2)), cell.Log());
    }

    [Fact]
    public void Of_a_soft_rule_it_runs_elsewhere_and_comes_home_later_while_the_old_one_runs()
    {
        using var cell = Zones(2, "a", "a");
        cell.Operator.Apply("hello", SimOperator.Service(4) with { Spread = Soft });
        Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
        cell.Run(120);
        Assert.Equal(4, cell.Starts());

        Join(cell, "node-3", "b");
        cell.Run(20);
        Assert.Equal(0, In(cell, "b"));
        var least = 4;
        Assert.True(
            cell.Within(60, () =>
            {
                least = Math.Min(least, cell.Running().Count);
                return In(cell, "b") == 2 && cell.RunsOnce(4);
            }),
            cell.Log());
        Assert.Equal(4, least);
        cell.Run(300);
        Assert.Equal(6, cell.Starts());
    }

    /// <summary>Its home has no room: it stays, and nobody else outside takes it over for nothing.</summary>
    [Fact]
    public void What_has_no_room_at_home_stays_where_it_is()
    {
        var big = SimOperator.Service(2) with { Resources = new Resources(new(3000), default, default, 0), Spread = Soft };
        using var cell = Zones(3, "a", "a", "a", "b");
        cell.Operator.Apply("full", big with { Replicas = 1, Spread = null, Requires = new() { Labels = new SortedDictionary<string, string> { ["zone"] = "b" } } });
        Assert.True(cell.Within(5, () => cell.RunsOnce(1)), cell.Log());
        cell.Operator.Apply("hello", big);
        Assert.True(cell.Within(10, () => cell.RunsOnce(3)), cell.Log());
        cell.Run(300);
        Assert.Equal(3, cell.Starts());

        cell.Operator.Delete("full");
        Assert.True(cell.Within(90, () => In(cell, "b") == 1 && cell.RunsOnce(2)), cell.Log());
    }

    /// <summary>Running work is not started anew for a rule; what may not be where it is, is handed over.</summary>
    [Fact]
    public void A_hard_rule_that_comes_later_moves_what_is_elsewhere_and_nothing_else()
    {
        using var cell = Zones(4, "a", "b");
        cell.Operator.Apply("hello", SimOperator.Service(4));
        Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
        var away = cell.World.Nodes.Values.Sum(n => n.Runtime.Alive.Count(u => Hard.DomainOf(u.Tag.Slot.Index) != n.Labels["zone"]));
        cell.Operator.Apply("hello", SimOperator.Service(4) with { Spread = Hard }, workChanged: false);
        Assert.True(cell.Within(20, () => cell.RunsOnce(4) && cell.World.Nodes.Values.All(n => n.Runtime.Alive.All(u => Hard.IsHome(u.Tag.Slot.Index, n.Labels)))), cell.Log());
        cell.Run(60);
        Assert.Equal(4 + away, cell.Starts());
    }

    /// <summary>The new work begins in the slot's domain, where it is handed over to, and not where the old one runs.</summary>
    [Fact]
    public void A_hard_rule_that_comes_with_other_work_begins_nothing_outside()
    {
        var away = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = Zones(seed, "a", "b");
            var old = SimOperator.Service(4) with { MaxUnavailable = 4 };
            cell.Operator.Apply("hello", old);
            Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
            var before = cell.World.Nodes.Values.ToDictionary(n => n.Name, n => n.Runtime.Starts.Count);
            away += cell.World.Nodes.Values.Sum(n => n.Runtime.Alive.Count(u => !Hard.IsHome(u.Tag.Slot.Index, n.Labels)));
            cell.Operator.Apply("hello", old with { Spread = Hard, Run = new ExecRun(["/bin/other"]) });
            Assert.True(cell.Within(30, () => cell.RunsOnce(4) && cell.World.Nodes.Values.All(n => n.Runtime.Alive.All(u => u.Tag.Generation == 2))), cell.Log());
            Assert.All(cell.World.Nodes.Values, n => Assert.All(n.Runtime.Starts.Skip(before[n.Name]), s => Assert.True(Hard.IsHome(s.Tag.Slot.Index, n.Labels), $"seed {seed}: {s.Tag.Slot} on {n.Name}")));
        }

        Assert.True(away > 0, "no slot was outside its domain before the rule came");
    }

    [Fact]
    public void Pinned_work_stays_under_a_rule_that_comes_later()
    {
        using var cell = Zones(6, "a", "b");
        cell.Operator.Apply("hello", SimOperator.Service(4) with { Partition = PartitionPolicy.Pin });
        Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
        cell.Operator.Apply("hello", SimOperator.Service(4) with { Partition = PartitionPolicy.Pin, Spread = Hard }, workChanged: false);
        cell.Run(90);
        Assert.Equal(4, cell.Starts());
    }

    private static Cell Zones(ulong seed, params string[] zones) =>
        new(seed, zones.Length, n => n.Labels = new Dictionary<string, string> { ["zone"] = zones[int.Parse(n.Name.AsSpan("node-".Length), System.Globalization.CultureInfo.InvariantCulture) - 1] });

    private static void Join(Cell cell, string name, string zone)
    {
        var node = cell.World.Add(name);
        node.Labels = new Dictionary<string, string> { ["zone"] = zone };
        node.Start();
    }

    private static int In(Cell cell, string zone) => cell.World.Nodes.Values.Where(n => n.Labels["zone"] == zone).Sum(n => n.Runtime.Alive.Count());
}
