using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Generations in which only limits have changed (docs/adr/0028).</summary>
[Trait("Category", "simulate")]
public sealed class LimitTests
{
    [Theory]
    [InlineData(WorkloadMode.Replicated)]
    [InlineData(WorkloadMode.Everywhere)]
    public void What_runs_takes_them_and_nothing_goes_down(WorkloadMode mode)
    {
        using var cell = new Cell(1, nodes: 3);
        var before = Of(mode, 100);
        var slots = mode == WorkloadMode.Everywhere ? 1 : 3;
        cell.Operator.Apply("hello", before);
        Assert.True(cell.Within(5, () => cell.World.Nodes.Values.Sum(n => n.Runtime.Alive.Count()) == 3), cell.Log());
        var pids = Pids(cell);
        foreach (var milli in (int[])[700, 50])
        {
            cell.Operator.Apply("hello", Of(mode, milli), workChanged: false);
            Assert.True(cell.Within(2, () => Have(cell, milli) && Says(cell, cell.Operator.Wanted[Name].Generation, slots)), cell.Log());
        }

        Assert.Equal(pids, Pids(cell));
        Assert.Equal(3, cell.Starts());
        Assert.Equal(6, cell.World.Nodes.Values.Sum(n => n.Runtime.Limits));
        Assert.All(cell.World.Nodes.Values, n => Assert.Equal(n.Capacity.Cpu.Value - 50, n.Rules!.Free.Cpu.Value));
        Assert.DoesNotContain(cell.World.Nodes.Values.SelectMany(n => n.Log), l => l.Contains("Stopping", StringComparison.Ordinal));
    }

    /// <summary>Several generations may be missed; a start in one of them is not passed over.</summary>
    [Fact]
    public void Who_was_away_takes_them_at_once_unless_a_start_came_between()
    {
        using var cell = new Cell(2, nodes: 1);
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 100) with { Replicas = 1 });
        Assert.True(cell.Within(5, () => cell.RunsOnce(1)), cell.Log());
        cell["node-1"].Kill();
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 200) with { Replicas = 1 }, workChanged: false);
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 300) with { Replicas = 1 }, workChanged: false);
        cell["node-1"].Start();
        Assert.True(cell.Within(20, () => Have(cell, 300) && cell.RunsOnce(1)), cell.Log());
        Assert.Equal(1, cell.Starts());

        cell["node-1"].Kill();
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 300) with { Replicas = 1 });
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 400) with { Replicas = 1 }, workChanged: false);
        cell["node-1"].Start();
        Assert.True(cell.Within(20, () => Have(cell, 400) && cell.RunsOnce(1)), cell.Log());
        Assert.Equal(2, cell.Starts());
    }

    [Fact]
    public void Where_the_runtime_can_not_it_is_started_anew_with_a_permit_and_that_is_told()
    {
        using var cell = new Cell(3, nodes: 3);
        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 100));
        Assert.True(cell.Within(5, () => cell.RunsOnce(3)), cell.Log());
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.CanLimit = false;
        }

        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 700), workChanged: false);
        var least = 3;
        Assert.True(
            cell.Within(20, () =>
            {
                least = Math.Min(least, cell.Running().Count);
                return Have(cell, 700) && cell.RunsOnce(3);
            }),
            cell.Log());
        Assert.Equal((2, 6), (least, cell.Starts()));
        Assert.Contains(cell.World.Nodes.Values.SelectMany(n => n.Log), l => l.Contains("LimitsNotTaken", StringComparison.Ordinal));
    }

    /// <summary>Its trial is of a start.</summary>
    [Fact]
    public void Work_that_goes_back_by_itself_is_started_anew()
    {
        using var cell = new Cell(4, nodes: 3);
        var tried = Of(WorkloadMode.Replicated, 100) with { AutoRollback = true, ProgressDeadline = TimeSpan.FromSeconds(4) };
        cell.Operator.Apply("hello", tried);
        Assert.True(cell.Within(30, () => cell.RunsOnce(3)), cell.Log());
        cell.Run(10);
        cell.Operator.Apply("hello", tried with { Resources = Of(WorkloadMode.Replicated, 200).Resources }, workChanged: false);
        Assert.True(cell.Within(60, () => Have(cell, 200) && cell.RunsOnce(3)), cell.Log());
        Assert.Equal(6, cell.Starts());
    }

    /// <summary>Seed 39 of 2026-11-28: a rejected change had wanted more than what runs has, and nodes that had not taken it yet kept that for good.</summary>
    [Fact]
    public void What_was_kept_for_a_change_that_is_rejected_is_free_again()
    {
        using var cell = new Cell(5, nodes: 3);
        var tried = Of(WorkloadMode.Replicated, 100) with { AutoRollback = true, ProgressDeadline = TimeSpan.FromSeconds(4) };
        cell.Operator.Apply("hello", tried);
        Assert.True(cell.Within(30, () => cell.RunsOnce(3)), cell.Log());
        cell.Run(10);
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.Outcome = spec => spec.Run is ExecRun { Command: ["/bin/bad"] } ? 1 : null;
        }

        cell.Operator.Apply("hello", Of(WorkloadMode.Replicated, 500) with { AutoRollback = true, ProgressDeadline = TimeSpan.FromSeconds(4), Run = new ExecRun(["/bin/bad"]) });
        cell.Run(60);
        Assert.True(cell.RunsOnce(3) && Have(cell, 100), cell.Log());
        Assert.All(cell.World.Nodes.Values, n => Assert.Equal(n.Capacity.Cpu.Value - 100, n.Rules!.Free.Cpu.Value));
    }

    private static readonly WorkloadName Name = WorkloadName.Parse("hello");

    private static WorkloadSpec Of(WorkloadMode mode, int milli) =>
        SimOperator.Service(mode == WorkloadMode.Everywhere ? 1 : 3) with { Mode = mode, Resources = new Resources(new(milli), new(16 << 20), default, 0) };

    private static List<int> Pids(Cell cell) => [.. cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive).Select(u => u.Pid).Order()];

    private static bool Have(Cell cell, int milli) => cell.World.Nodes.Values.All(n => n.Runtime.Alive.All(u => n.Runtime.SpecOf(u.Tag.Slot).Resources.Cpu.Value == milli));

    private static bool Says(Cell cell, long generation, int slots) => cell.Words().Where(w => w.Generation == generation && w.Phase == ClaimPhase.Running).Select(w => w.Slot).Distinct().Count() == slots;
}
