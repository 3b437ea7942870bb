using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A cell of more than one cohort: who looks after a slot, who is called, who counts.</summary>
[Trait("Category", "simulate")]
public sealed class CohortTests
{
    private const int Nodes = 70;

    [Fact]
    public void Every_slot_is_placed_once_and_again_when_nodes_die_and_the_others_never_hear_of_it()
    {
        using var cell = new Cell(seed: 1, Nodes);
        var heard = new SortedDictionary<string, int>(StringComparer.Ordinal);
        cell.World.Broker.Drops = (node, m) =>
        {
            heard[node.Name] = heard.GetValueOrDefault(node.Name) + (m.Topic.Contains("/claim-", StringComparison.Ordinal) ? 1 : 0);
            return false;
        };
        cell.Operator.Apply("hello", SimOperator.Service(40));
        Assert.True(cell.Within(5, () => cell.RunsOnce(40)), cell.Log());

        // Forty slots say at least two words each; a node hears of a quarter of them.
        Assert.InRange(heard.Values.Average(), 1, 40 * 4 / 3);
        foreach (var node in cell.World.Nodes.Values.Where(n => n.Runtime.Alive.Any()).Take(20).ToList())
        {
            node.PowerOff();
        }

        Assert.True(cell.Within(15, () => cell.RunsOnce(40)), cell.Log());
    }

    [Fact]
    public void A_slot_that_only_a_stranger_to_its_cohort_can_run_is_placed_there()
    {
        using var cell = new Cell(seed: 2, Nodes, n => n.Runtime.Features = n.Name == "node-66" ? ["run.exec/1", "run.unit/1"] : ["run.exec/1"]);
        for (var i = 0; i < 8; i++)
        {
            cell.Operator.Apply($"only-{i}", SimOperator.Service(1) with { Run = new UnitRun("a.service") }, features: ["run.unit/1"]);
        }

        Assert.True(cell.Within(20, () => cell.RunsOnce(8)), string.Join("\n", cell.Running()) + cell.Log());
        Assert.Equal(8, cell["node-66"].Runtime.Alive.Count());
    }

    [Fact]
    public void A_change_takes_one_after_the_other_over_all_cohorts()
    {
        using var cell = new Cell(seed: 3, Nodes);
        cell.Operator.Apply("hello", SimOperator.Service(12));
        Assert.True(cell.Within(5, () => cell.RunsOnce(12)), cell.Log());
        cell.Operator.Apply("hello", SimOperator.Service(12));
        var least = 12;

        Assert.True(cell.Within(30, () =>
        {
            least = Math.Min(least, cell.Running().Values.Sum());
            return cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive).All(u => u.Tag.Generation == 2) && cell.RunsOnce(12);
        }), cell.Log());
        Assert.Equal(11, least);
    }

    [Fact]
    public void Everywhere_work_concerns_nobody_else()
    {
        using var cell = new Cell(seed: 4, Nodes);
        var heard = 0;
        cell.World.Broker.Drops = (node, m) =>
        {
            heard += m.Topic.Contains("/claim-", StringComparison.Ordinal) && !m.Topic.EndsWith($"/{node.Name}", StringComparison.Ordinal) ? 1 : 0;
            return false;
        };
        cell.Operator.Apply("each", SimOperator.Service(1) with { Mode = WorkloadMode.Everywhere });
        Assert.True(cell.Within(5, () => cell.Starts() == Nodes), cell.Log());
        cell.Run(1);
        Assert.InRange(heard, 1, Nodes * 2 * (Nodes / 2));
        cell.Operator.Delete("each");
        Assert.True(cell.Within(5, () => cell.Running().Count == 0 && !cell.Words().Any()), cell.Log());
    }
}
