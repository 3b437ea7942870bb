using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation.Traces;

/// <summary>Traces 19 to 22: what parted the views of a cell, or counted it wrongly (docs/spec/simulator.md).</summary>
[Trait("Category", "simulate")]
public sealed class AgreementTests
{
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(0.5);

    [Fact]
    public void Trace_19_two_operators_that_sign_one_generation_do_not_split_the_cell()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            var first = cell.Operator.Apply("hello", SimOperator.Service(1));
            Assert.True(cell.Within(3, () => cell.RunsOnce(1)), cell.Log());

            // One node hears of the one only, another of the other only.
            cell.World.Broker.Drops = (to, m) => m.Topic == cell.World.Topics.Intent(first.Workload) && !m.Retained && cell.World.Clock.Now.Ticks % 2 == (to.Name == "node-1" ? 0 : 1);
            cell.Operator.ApplyTwice("hello", SimOperator.Service(2), SimOperator.Service(3));
            cell.Run(0.5);
            cell.World.Broker.Drops = (_, _) => false;
            cell.World.Add("node-4").Start();
            cell.Run(20);

            var wanted = cell.Operator.Latest("hello");
            Assert.True(cell.World.Nodes.Values.All(n => n.Rules!.IntentOf(wanted.Workload)!.Digest == wanted.Digest), $"seed {seed}\n{cell.Log()}");
            Assert.True(cell.RunsOnce(wanted.Spec!.Replicas), $"seed {seed}\n{cell.Log()}");
        }
    }

    [Fact]
    public void Trace_20_a_job_that_succeeded_apart_is_done_for_who_runs_it_at_a_higher_epoch()
    {
        using var cell = new Cell(seed: 20, nodes: 3, n => (n.Runtime.Outcome, n.Runtime.Lasts) = (_ => 0, _ => TimeSpan.FromSeconds(n.Name == "node-1" ? 20 : 100)));
        foreach (var node in cell.World.Nodes.Values.Where(n => n.Name != "node-1"))
        {
            node.Cut();
        }

        cell.Run(5);
        cell.Operator.Apply("once", SimOperator.Service(1) with { Mode = WorkloadMode.Job });
        Assert.True(cell.Within(10, () => cell["node-1"].Runtime.Alive.Any()), cell.Log());
        cell["node-1"].Cut();
        foreach (var node in cell.World.Nodes.Values.Where(n => n.Name != "node-1"))
        {
            node.Heal();
        }

        Assert.True(cell.Within(15, () => cell.World.Nodes.Values.Any(n => n.Name != "node-1" && n.Runtime.Alive.Any(u => u.Tag.Epoch.Value == 2))), cell.Log());
        Assert.True(cell.Within(30, () => !cell["node-1"].Runtime.Alive.Any()), cell.Log());
        cell["node-1"].Heal();

        // Long before the second would be through.
        Assert.True(cell.Within(10, () => cell.Running().Count == 0), cell.Log());
        cell.Run(20);
        Assert.Equal(2, cell.Starts());
    }

    [Fact]
    public void Trace_21_words_that_come_twice_and_late_leave_all_views_equal()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            foreach (var node in cell.World.Nodes.Values)
            {
                node.Link.Duplicated = 700;
            }

            // At one epoch it runs, fails and runs again.
            var launches = 0;
            foreach (var node in cell.World.Nodes.Values)
            {
                node.Runtime.Outcome = _ => ++launches <= 4 ? 1 : null;
            }

            cell.Operator.Apply("hello", SimOperator.Service(1));
            cell.Run(30);
            foreach (var node in cell.World.Nodes.Values)
            {
                node.Link.Duplicated = 0;
            }

            cell.Run(10);
            Assert.True(launches > 4 && cell.RunsOnce(1), $"seed {seed}\n{cell.Log()}");
            var views = cell.World.Nodes.Values.Select(n => Assert.Single(n.Rules!.ExplainSlots(WorkloadName.Parse("hello"))).Greatest);
            Assert.Single(views.Select(v => (v?.Node, v?.Epoch, v?.Phase, v?.Order)).Distinct());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Trace_22_a_third_generation_in_the_middle_of_the_second_takes_no_more_down_than_may_be(int unavailable)
    {
        const int Slots = 5;
        for (var at = 0; at < 40; at++)
        {
            using var cell = new Cell(1, nodes: 3, n => (n.Runtime.StopLatency, n.Runtime.StartLatency) = (Half, Half));
            var spec = SimOperator.Service(Slots) with { MaxUnavailable = unavailable };
            cell.Operator.Apply("hello", spec);
            Assert.True(cell.Within(10, () => cell.RunsOnce(Slots)), cell.Log());
            cell.Run(2);
            cell.Operator.Apply("hello", spec);
            var least = Slots;
            cell.Within(at * 0.1, () => Down() > unavailable);
            cell.Operator.Apply("hello", spec);

            Assert.True(cell.Within(60, () => Down() > unavailable || cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive).Count(u => u.Tag.Generation == 3) == Slots), cell.Log());
            Assert.True(Slots - least <= unavailable, $"{Slots - least} slots were down at once, the third generation came {at * 0.1} s after the second\n{cell.Log()}");

            int Down()
            {
                least = Math.Min(least, cell.Running().Values.Sum());
                return Slots - least;
            }
        }
    }
}
