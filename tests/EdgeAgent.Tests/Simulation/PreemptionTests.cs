using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Work of a higher priority gets its room from work of a lower one, with the least harm, and only when its own claim is held (docs/adr/0024).</summary>
[Trait("Category", "simulate")]
public sealed class PreemptionTests
{
    private static readonly WorkloadSpec Low = SimOperator.Service(1) with { Priority = 10, Resources = Cpu(3000), MaxUnavailable = 9 };
    private static readonly WorkloadSpec High = SimOperator.Service(1) with { Priority = 100, Resources = Cpu(2500) };

    [Fact]
    public void Where_a_node_has_room_nobody_goes()
    {
        using var cell = Full(Low with { Replicas = 2 }, nodes: 3);
        cell.Operator.Apply("high", High);
        Assert.True(cell.Within(3, () => cell.RunsOnce(3)), cell.Log());
        Assert.DoesNotContain(Words(cell, "low"), w => w.Phase == ClaimPhase.Released);
    }

    [Fact]
    public void Of_work_that_fills_all_nodes_the_least_important_goes_and_both_sides_say_why()
    {
        using var cell = new Cell(2, nodes: 3);
        Place(cell, "mid", Low with { Replicas = 2, Priority = 50 });
        Place(cell, "low", Low);
        var node = cell.World.Nodes.Values.Single(n => n.Runtime.UnitOf(Slot("low", 0)) is { IsAlive: true });
        cell.Operator.Apply("high", High);
        Assert.True(cell.Within(5, () => node.Runtime.UnitOf(Slot("high", 0)) is { IsAlive: true }), cell.Log());
        Assert.Equal(2, cell.Running().Count(r => r.Key.Workload.Value == "mid"));
        Assert.DoesNotContain(cell.Running().Keys, s => s.Workload.Value == "low");

        var says = $"preempted on {node.Name} by high/0 (priority 100 over 10)";
        Assert.Equal(says, Words(cell, "low").Single(w => w.Node == node.Id).Reason);
        Assert.Contains(node.Log, l => l.Contains("Preempted", StringComparison.Ordinal) && l.Contains(says, StringComparison.Ordinal));
        Assert.Contains(node.Log, l => l.Contains("Displaces", StringComparison.Ordinal) && l.Contains("low/0 (priority 10)", StringComparison.Ordinal));
        Assert.Contains(says, View(cell["node-1"], "low").Text, StringComparison.Ordinal);
        Assert.Contains("it displaced low/0", View(node, "high").Text, StringComparison.Ordinal);
        Assert.StartsWith("needs 3000m cpu, 1", node.Rules!.WhyNot(cell.Operator.Wanted[WorkloadName.Parse("low")]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_victim_runs_elsewhere_where_there_is_room_for_it()
    {
        // On node-1 there is room for the great one when the small one goes, and for the small one on node-2.
        using var cell = new Cell(3, nodes: 2, n => n.Labels = new Dictionary<string, string> { ["name"] = n.Name });
        Place(cell, "fill-1", Low with { Priority = 100, Resources = Cpu(2000), Requires = On("node-1") });
        Place(cell, "fill-2", Low with { Priority = 100, Resources = Cpu(2500), Requires = On("node-2") });
        Place(cell, "low", Low with { Resources = Cpu(1000), Prefers = [new(100, On("node-1").Labels)] });
        Assert.NotNull(cell["node-1"].Runtime.UnitOf(Slot("low", 0)));
        cell.Operator.Apply("high", High with { Resources = Cpu(1900) });
        Assert.True(cell.Within(5, () => cell.RunsOnce(4)), cell.Log());
        Assert.True(cell["node-1"].Runtime.UnitOf(Slot("high", 0)) is { IsAlive: true });
        Assert.True(cell["node-2"].Runtime.UnitOf(Slot("low", 0)) is { IsAlive: true });
        var starts = cell.Starts();
        cell.Run(60);
        Assert.Equal(starts, cell.Starts());
    }

    [Fact]
    public void What_was_displaced_waits_and_comes_back_when_there_is_room_again()
    {
        using var cell = Full(Low, nodes: 1);
        cell.Operator.Apply("high", High);
        Assert.True(cell.Within(3, () => cell.Running().Keys.SequenceEqual([Slot("high", 0)])), cell.Log());
        var starts = cell.Starts();
        cell.Run(60);
        Assert.Equal(starts, cell.Starts());
        cell.Operator.Delete("high");
        Assert.True(cell.Within(3, () => cell.Running().Keys.SequenceEqual([Slot("low", 0)])), cell.Log());
    }

    [Fact]
    public void Equal_priority_waits_its_turn()
    {
        using var cell = Full(Low with { Priority = 100 }, nodes: 1);
        cell.Operator.Apply("high", High);
        cell.Run(30);
        Assert.Equal([Slot("low", 0)], cell.Running().Keys);
        Assert.Equal("needs 2500m cpu, 1000m free", cell["node-1"].Rules!.WhyNot(cell.Operator.Wanted[WorkloadName.Parse("high")]));
    }

    [Fact]
    public void Only_after_its_claim_is_held_and_nobody_before_the_room_is_really_free()
    {
        using var cell = Full(Low, nodes: 1, stops: TimeSpan.FromSeconds(2));
        var node = cell["node-1"];
        cell.Operator.Apply("high", High);
        Assert.True(cell.Within(3, () => node.Rules!.PhaseOf(Slot("low", 0)) == OwnPhase.Stopping), cell.Log());
        Assert.Equal((ClaimPhase.Held, true), Words(cell, "high").Select(w => (w.Phase, w.IsMakingRoom)).Single());
        Assert.Equal("low/0", Words(cell, "high").Single().Displaces.ToString());
        Assert.Single(node.Runtime.Starts);
        cell.Run(1);
        Assert.Single(node.Runtime.Starts);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1) && cell.Running().ContainsKey(Slot("high", 0))), cell.Log());
        Assert.False(Words(cell, "high").Single().IsMakingRoom);
    }

    [Fact]
    public void As_many_of_a_workload_go_at_once_as_may_be_down_and_no_more()
    {
        using var cell = Full(Low with { Replicas = 3, MaxUnavailable = 1 }, nodes: 3);
        cell.Operator.Apply("high", High with { Replicas = 3 });
        cell.Run(40);
        Assert.Equal([1, 2], cell.Running().Keys.GroupBy(s => s.Workload.Value).OrderBy(g => g.Key).Select(g => g.Count()));
        Assert.Contains(cell.World.Nodes.Values, n => n.Rules!.WhyNot(cell.Operator.Wanted[WorkloadName.Parse("high")]).Contains("as many down as maxUnavailable allows", StringComparison.Ordinal));
        Assert.Contains(cell.World.Nodes.Values, n => n.Rules!.Assess(cell.Operator.Wanted[WorkloadName.Parse("high")]).Obstacles.Any(o => o.Text.Contains("as many down as maxUnavailable allows", StringComparison.Ordinal)));
    }

    [Fact]
    public void Pinned_work_and_what_runs_everywhere_stay()
    {
        using var cell = new Cell(8, nodes: 1);
        Place(cell, "pinned", Low with { Partition = PartitionPolicy.Pin, Resources = Cpu(1900) });
        Place(cell, "all", Low with { Mode = WorkloadMode.Everywhere, Resources = Cpu(1900) });
        cell.Operator.Apply("high", High);
        cell.Run(30);
        Assert.Equal(["all/0", "pinned/0"], cell.Running().Keys.Select(s => $"{s}"));
    }

    [Fact]
    public void Where_no_one_is_enough_several_go_and_none_in_vain()
    {
        using var cell = new Cell(9, nodes: 1);
        Place(cell, "low", Low with { Replicas = 4, Resources = Cpu(900) });
        cell.Operator.Apply("high", High with { Resources = Cpu(2200) });
        Assert.True(cell.Within(5, () => cell.Running().ContainsKey(Slot("high", 0)) && cell.RunsOnce(3)), cell.Log());
        Assert.Equal(2, Words(cell, "low").Count(w => w.Phase == ClaimPhase.Released && w.Reason.StartsWith("preempted on ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Trace_24_of_two_nodes_that_could_displace_for_it_the_one_that_does_less_harm_takes_it_and_the_other_touches_nobody()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            using var cell = new Cell(seed, nodes: 2, n => n.Labels = new Dictionary<string, string> { ["name"] = n.Name });
            Place(cell, "mid", Low with { Priority = 11, Requires = On("node-1") });
            Place(cell, "low", Low with { Requires = On("node-2") });
            cell.Operator.Apply("high", High);
            Assert.True(cell.Within(5, () => cell.RunsOnce(2) && cell.Running().ContainsKey(Slot("high", 0))), cell.Log());
            Assert.Equal(["high/0", "mid/0"], cell.Running().Keys.Select(k => $"{k}"));
            Assert.DoesNotContain(Words(cell, "mid"), w => w.Phase != ClaimPhase.Running);
        }
    }

    [Fact]
    public void An_agent_that_dies_before_there_was_room_gives_the_slot_up_and_its_victim_goes_on()
    {
        using var cell = Full(Low, nodes: 1, stops: TimeSpan.FromSeconds(2));
        var node = cell["node-1"];
        cell.Operator.Apply("high", High);
        Assert.True(cell.Within(3, () => Words(cell, "high").Any(w => w.IsMakingRoom)), cell.Log());
        node.Kill();
        node.Start();
        cell.Run(1);

        // Whatever came of the first try: in the end the important one runs, alone.
        Assert.True(cell.Within(60, () => cell.Running().Keys.SequenceEqual([Slot("high", 0)])), cell.Log());
        Assert.DoesNotContain(node.Runtime.Starts, s => s.Tag.Slot == Slot("high", 0) && s != node.Runtime.Starts[^1]);
    }

    private static Cell Full(WorkloadSpec low, int nodes, TimeSpan stops = default)
    {
        var cell = new Cell(1, nodes, n => n.Runtime.StopLatency = stops == default ? n.Runtime.StopLatency : stops);
        Place(cell, "low", low);
        return cell;
    }

    private static void Place(Cell cell, string name, WorkloadSpec spec)
    {
        cell.Operator.Apply(name, spec);
        Assert.True(cell.Within(3, () => cell.Running().Count(r => r.Key.Workload.Value == name) == spec.Replicas && Words(cell, name).Count(w => w.Phase == ClaimPhase.Running) == spec.Replicas), cell.Log());
    }

    private static Requirements On(string node) => new() { Labels = new Dictionary<string, string> { ["name"] = node } };

    private static Resources Cpu(int milli) => new(new(milli), new(16 << 20), default, 0);

    private static SlotId Slot(string workload, int index) => new(WorkloadName.Parse(workload), index);

    private static IEnumerable<Claim> Words(Cell cell, string workload) => cell.Words().Where(w => w.Slot.Workload.Value == workload);

    private static SlotView View(SimNode node, string workload) => node.Rules!.ExplainSlots(WorkloadName.Parse(workload)).First();
}
