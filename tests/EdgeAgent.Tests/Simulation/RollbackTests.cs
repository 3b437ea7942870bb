using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A change that turns out to be bad stops at <c>maxUnavailable</c> and goes home by itself, and nobody leads it (docs/adr/0020).</summary>
[Trait("Category", "simulate")]
public sealed class RollbackTests
{
    private const string Name = "web";
    private const int Replicas = 6;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly WorkloadSpec Good = SimOperator.Service(Replicas) with { AutoRollback = true, ProgressDeadline = Deadline };
    private static readonly WorkloadSpec Bad = Good with { Run = new ExecRun(["/bin/bad"]) };

    [Fact]
    public void Work_that_ends_again_and_again_is_rejected_by_the_first_slot_and_no_other_has_taken_it()
    {
        using var cell = Running();
        var starts = cell.Starts();
        cell.Operator.Apply(Name, Bad);

        Assert.True(cell.Within(5, () => IsRejected(cell, generation: 2)), cell.Log());
        cell.Run(20);
        Assert.Equal(1, Ran(cell, Bad));
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());

        // The one that tried it was started twice more: as the bad work, and as the good one again.
        Assert.Equal(starts + 2, cell.Starts());
        Assert.Contains(cell.World.Nodes.Values.SelectMany(n => n.Log), l => l.Contains("RolledBack", StringComparison.Ordinal) && l.Contains("generation 2 is rejected", StringComparison.Ordinal));
    }

    [Fact]
    public void Work_that_is_never_ready_is_rejected_when_its_deadline_is_over()
    {
        var ready = Good with { Ready = new ReadyRule(["/bin/ready"]) { Interval = TimeSpan.FromSeconds(1) } };
        using var cell = Running(ready);
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Runtime.Verdict = s => IsSame(node.Runtime.SpecOf(s.Tag.Slot).Run, Bad.Run) ? (CheckOutcome.Failed, "exit code 1") : (CheckOutcome.Passed, "");
        }

        var bad = cell.Operator.Apply(Name, ready with { Run = Bad.Run });
        cell.Run(Deadline.TotalSeconds - 1);
        Assert.False(IsRejected(cell, bad.Generation));
        Assert.True(cell.Within(5, () => IsRejected(cell, bad.Generation)), cell.Log());
        cell.Run(20);
        Assert.Equal(1, Ran(cell, Bad));
        Assert.True(RunsAs(cell, ready, run: 1), cell.Log());
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.15)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(1.2)]
    public void The_death_of_the_node_that_tries_it_stops_nobody_from_going_back(double after)
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Bad);
        Assert.True(cell.Within(5, () => Trying(cell).Any()), cell.Log());
        cell.Run(after);
        var tried = cell.World.Nodes.Values.First(n => n.Runtime.Starts.Any(s => s.Tag.Generation == 2));
        tried.PowerOff();
        cell.Run(40);
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());

        tried.Start();
        cell.Run(20);
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());
    }

    [Fact]
    public void Agents_that_end_in_the_middle_go_on_where_they_were()
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Bad);
        Assert.True(cell.Within(5, () => Trying(cell).Any()), cell.Log());
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Kill();
            node.Start();
        }

        cell.Run(60);
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());
    }

    [Fact]
    public void An_agent_that_comes_back_after_it_reserves_what_runs_and_not_what_was_rejected()
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Bad with { Resources = Good.Resources with { Cpu = new(Good.Resources.Cpu.Value * 3) } });
        Assert.True(cell.Within(5, () => IsRejected(cell, generation: 2)), cell.Log());
        cell.Run(20);
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Kill();
            node.Start();
        }

        cell.Run(5);
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());
        Assert.All(cell.World.Nodes.Values, n => Assert.Equal(n.Capacity.Cpu.Value - (n.Runtime.Alive.Count() * Good.Resources.Cpu.Value), n.Rules!.Free.Cpu.Value));
    }

    [Fact]
    public void Work_that_has_proved_itself_is_not_taken_back_for_what_happens_later()
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Good with { Run = new ExecRun(["/bin/sleep", "new"]) });
        cell.Run(60);
        Assert.True(cell.Words().Where(w => w.Phase == ClaimPhase.Running).All(w => w is { RunId: 2, IsOnTrial: false }), cell.Log());
        foreach (var node in cell.World.Nodes.Values)
        {
            for (var i = 0; i < 5; i++)
            {
                node.Runtime.CrashAll();
                cell.Run(1);
            }
        }

        cell.Run(60);
        Assert.False(IsRejected(cell, generation: 2));
        Assert.True(cell.RunsOnce(Replicas), cell.Log());
    }

    [Fact]
    public void What_was_rejected_stays_so_when_it_is_scaled_and_the_next_change_is_tried_again()
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Bad);
        Assert.True(cell.Within(5, () => IsRejected(cell, generation: 2)), cell.Log());
        cell.Run(10);
        cell.Operator.Apply(Name, Bad with { Replicas = Replicas + 2 }, workChanged: false);
        cell.Run(20);
        Assert.True(cell.RunsOnce(Replicas + 2), cell.Log());
        Assert.Equal(1, Ran(cell, Bad));

        var mended = cell.Operator.Apply(Name, Good with { Replicas = Replicas + 2, Run = new ExecRun(["/bin/sleep", "mended"]) });
        Assert.Equal(1, mended.Fallback!.RunId);
        cell.Run(60);
        Assert.True(cell.RunsOnce(Replicas + 2), cell.Log());
        Assert.All(cell.Words().Where(w => w.Phase == ClaimPhase.Running), w => Assert.Equal((mended.Generation, mended.RunId, 0L), (w.Generation, w.RunId, w.Rejected)));
    }

    [Fact]
    public void Who_comes_with_a_new_disk_when_all_is_over_learns_of_it_by_the_claims()
    {
        using var cell = Running();
        cell.Operator.Apply(Name, Bad);
        Assert.True(cell.Within(5, () => IsRejected(cell, generation: 2)), cell.Log());
        cell.Run(10);
        cell.World.Add("node-4").Start();
        cell.Run(10);
        Assert.Equal(2, cell["node-4"].Rules!.IntentOf(WorkloadName.Parse(Name))!.Rejected);
    }

    [Fact]
    public void What_is_paused_stays_as_it_is_until_it_goes_on()
    {
        using var cell = Running();
        var starts = cell.Starts();
        var changed = Good with { Run = new ExecRun(["/bin/sleep", "new"]), IsPaused = true };
        cell.Operator.Apply(Name, changed);
        cell.Run(30);
        Assert.Equal(starts, cell.Starts());
        Assert.True(RunsAs(cell, Good, run: 1), cell.Log());

        cell.Operator.Apply(Name, changed with { IsPaused = false }, workChanged: false);
        Assert.True(cell.Within(30, () => RunsAs(cell, changed, run: 2)), cell.Log());
        Assert.Equal(starts + Replicas, cell.Starts());
    }

    private static Cell Running(WorkloadSpec? spec = null)
    {
        var waitsForReady = spec?.Ready is not null;
        var cell = new Cell(18, nodes: 3, n => n.Runtime.CrashesAfter = s => IsSame(s.Run, Bad.Run) && !waitsForReady ? TimeSpan.FromMilliseconds(100) : null);
        cell.Operator.Apply(Name, spec ?? Good);
        Assert.True(cell.Within(10, () => cell.RunsOnce(Replicas)), cell.Log());
        cell.Run(15);
        return cell;
    }

    private static bool IsRejected(Cell cell, long generation) => cell.Words().Any(w => w.Rejected == generation);

    private static IEnumerable<UnitReport> Trying(Cell cell) => cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive).Where(u => u.Tag.Generation == 2);

    /// <summary>How many slots have ever run this work.</summary>
    private static int Ran(Cell cell, WorkloadSpec spec) => cell.World.Nodes.Values.SelectMany(n => n.Runtime.Starts).Where(b => IsSame(b.Run, spec.Run)).Select(b => b.Tag.Slot).Distinct().Count();

    private static bool IsSame(WorkRun a, WorkRun b) => ((ExecRun)a).Command.SequenceEqual(((ExecRun)b).Command);

    private static bool RunsAs(Cell cell, WorkloadSpec spec, long run) => cell.RunsOnce(Replicas)
        && cell.World.Nodes.Values.All(n => n.Runtime.Alive.All(u => IsSame(n.Runtime.SpecOf(u.Tag.Slot).Run, spec.Run)))
        && cell.Words().Where(w => w.Phase == ClaimPhase.Running).All(w => w.RunId == run);
}
