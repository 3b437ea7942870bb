using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

[Trait("Category", "simulate")]
public sealed class DrainTests
{
    private static readonly Dictionary<string, string> Pinned = new() { ["scope"] = "pinned" };

    [Fact]
    public void Nothing_new_comes_to_a_cordoned_node_also_after_its_agent_began_anew()
    {
        using var cell = new Cell(1, nodes: 3);
        cell.Operator.Mark(cell["node-1"], "cordon");
        cell.Run(1);
        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Run(5);
        cell.Operator.Apply("hello", SimOperator.Service(6));
        Assert.True(cell.Within(3, () => cell.RunsOnce(6)), cell.Log());
        Assert.Equal([0, 3, 3], cell.Spread());

        cell.Operator.Mark(cell["node-1"], "uncordon");
        cell.Run(1);
        cell.Operator.Apply("hello", SimOperator.Service(9), workChanged: false);
        Assert.True(cell.Within(3, () => cell.RunsOnce(9)), cell.Log());
        Assert.Equal([3, 3, 3], cell.Spread());
    }

    [Fact]
    public void An_old_cordon_that_is_sent_again_does_not_undo_a_later_uncordon_even_where_the_agent_has_forgotten_it()
    {
        using var cell = new Cell(2, nodes: 1);
        cell.Operator.Mark(cell["node-1"], "cordon");
        cell.Run(1);
        cell.Operator.Mark(cell["node-1"], "uncordon");
        cell.Run(1);
        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Run(3);
        for (ulong i = 0; i < 8; i++)
        {
            cell.Operator.Replay(cell["node-1"], new SimRandom(i));
        }

        cell.Run(1);
        Assert.False(cell["node-1"].Rules!.IsCordoned);
        Assert.Equal(2, cell["node-1"].Store.Marks.Revision);
    }

    [Fact]
    public void Of_work_that_fails_over_the_old_one_ends_when_the_new_one_is_ready()
    {
        using var cell = Running(SimOperator.Service(6) with { Ready = new ReadyRule(["/bin/ready"]) { Interval = TimeSpan.FromSeconds(1) } }, 6, seed: 3);
        var least = 6;
        cell.Operator.Mark(cell["node-1"], "drain");
        Assert.True(cell.Within(20, () =>
        {
            least = Math.Min(least, cell.Words().Where(w => w.Phase == ClaimPhase.Running).Select(w => w.Slot).Distinct().Count());
            return cell["node-1"].Runtime.Alive.Any() is false && cell.RunsOnce(6);
        }), cell.Log());
        Assert.Equal(6, least);
        Assert.Equal(8, cell.Starts());
    }

    [Fact]
    public void What_nobody_else_can_take_goes_on_and_leaves_when_somebody_can()
    {
        var big = SimOperator.Service(1) with { Resources = new Resources(new(3000), default, default, 0) };
        using var cell = Running(big, 1, seed: 4);
        var holder = cell.World.Nodes.Values.Single(n => n.Runtime.Alive.Any());
        cell.Operator.Apply("other", big with { Replicas = 2 });
        Assert.True(cell.Within(3, () => cell.RunsOnce(3)), cell.Log());
        cell.Operator.Mark(holder, "drain");
        cell.Run(60);
        Assert.Single(holder.Runtime.Alive);
        Assert.Equal(3, cell.Starts());
        cell.Operator.Delete("other");
        Assert.True(cell.Within(30, () => !holder.Runtime.Alive.Any() && cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void A_successor_that_dies_before_it_runs_interrupts_nothing_and_the_old_one_holds_it_again()
    {
        var spec = SimOperator.Service(1) with { Ready = new ReadyRule(["/bin/ready"]) { Interval = TimeSpan.FromSeconds(1) } };
        using var cell = new Cell(5, nodes: 2);
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(3, () => cell.RunsOnce(1) && cell.Words().Any(w => w.Phase == ClaimPhase.Running)), cell.Log());
        var holder = cell.World.Nodes.Values.Single(n => n.Runtime.Alive.Any());
        var other = cell.World.Nodes.Values.Single(n => n != holder);
        other.Runtime.Verdict = _ => (CheckOutcome.Failed, "not yet");
        cell.Operator.Mark(holder, "drain");
        Assert.True(cell.Within(5, () => other.Runtime.Alive.Any()), cell.Log());
        other.PowerOff();
        cell.Run(30);
        var unit = Assert.Single(holder.Runtime.Alive);
        Assert.Single(holder.Runtime.Starts);
        var word = cell.Words().Where(w => w.Slot.Workload.Value == "hello").MaxBy(w => w.Epoch)!;
        Assert.Equal((holder.Id, ClaimPhase.Running, unit.Tag.Epoch), (word.Node, word.Phase, word.LaunchEpoch));
        Assert.True(word.Epoch > unit.Tag.Epoch);

        // And its agent knows it again by what its disk has.
        holder.Kill();
        holder.Start();
        cell.Run(10);
        Assert.Single(holder.Runtime.Starts);
        Assert.Single(holder.Runtime.Alive);
    }

    [Fact]
    public void Pinned_work_stays_unless_the_operator_says_that_too()
    {
        using var cell = Running(SimOperator.Service(3) with { Partition = PartitionPolicy.Pin }, 3, seed: 6);
        cell.Operator.Mark(cell["node-1"], "drain");
        cell.Run(20);
        Assert.Equal([1, 1, 1], cell.Spread());
        var (_, stays, text) = Assert.Single(cell["node-1"].Rules!.Leaving);
        Assert.True(stays);
        Assert.Contains("it is pinned", text, StringComparison.Ordinal);
        cell.Operator.Mark(cell["node-1"], "drain", Pinned);
        Assert.True(cell.Within(20, () => !cell["node-1"].Runtime.Alive.Any() && cell.RunsOnce(3)), cell.Log());
    }

    [Fact]
    public void A_taint_that_ends_work_moves_what_does_not_bear_it_and_leaves_what_does()
    {
        using var cell = Running(SimOperator.Service(3), 3, seed: 7);
        cell.Operator.Apply("borne", SimOperator.Service(3) with { Tolerations = [new Toleration("dedicated", "", null)] });
        Assert.True(cell.Within(3, () => cell.RunsOnce(6)), cell.Log());
        cell.Operator.Mark(cell["node-2"], "taint", new Dictionary<string, string> { ["set.NoRun.dedicated"] = "gpu" });
        Assert.True(cell.Within(20, () => cell["node-2"].Runtime.Alive.All(u => u.Tag.Slot.Workload.Value == "borne") && cell.RunsOnce(6)), cell.Log());
        Assert.Single(cell["node-2"].Runtime.Alive);
    }

    [Fact]
    public void What_runs_on_every_node_stays_on_a_drained_one_and_begins_on_a_cordoned_one()
    {
        using var cell = Running(SimOperator.Service(1) with { Mode = WorkloadMode.Everywhere }, 3, seed: 8, isEverywhere: true);
        cell.Operator.Mark(cell["node-1"], "drain");
        cell.Run(10);
        Assert.Equal([1, 1, 1], cell.Spread());
        cell.Operator.Apply("second", SimOperator.Service(1) with { Mode = WorkloadMode.Everywhere });
        cell.Run(5);
        Assert.Equal([2, 2, 2], cell.Spread());
    }

    [Fact]
    public void Exclusive_work_stops_first_never_runs_twice_and_comes_back_where_nobody_else_can_take_it()
    {
        using var cell = ExclusiveCell.Running(9);
        var holder = ExclusiveCell.Holder(cell);
        cell.Operator.Mark(holder, "drain");
        Assert.True(ExclusiveCell.WatchUntil(cell, 10, () => !holder.Runtime.Alive.Any() && cell.RunsOnce(1)), cell.Log());

        var next = ExclusiveCell.Holder(cell);
        foreach (var other in cell.World.Nodes.Values.Where(n => n != next && n != holder))
        {
            cell.Operator.Mark(other, "taint", new Dictionary<string, string> { ["set.NoPlace.dedicated"] = "gpu" });
        }

        cell.Run(1);
        cell.Operator.Mark(next, "drain");
        Assert.True(ExclusiveCell.WatchUntil(cell, 2, () => !next.Runtime.Alive.Any()), cell.Log());
        ExclusiveCell.Watch(cell, 30);
        Assert.Single(next.Runtime.Alive);
        var (_, stays, text) = Assert.Single(next.Rules!.Leaving);
        Assert.True(stays, text);
    }

    private static Cell Running(WorkloadSpec spec, int slots, ulong seed, bool isEverywhere = false)
    {
        var cell = new Cell(seed, nodes: 3);
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(5, () => isEverywhere ? cell.Spread().Sum() == slots : cell.RunsOnce(slots) && cell.Words().Count(w => w.Phase == ClaimPhase.Running) == slots), cell.Log());
        return cell;
    }
}
