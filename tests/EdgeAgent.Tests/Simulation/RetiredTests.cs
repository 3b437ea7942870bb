using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

[Trait("Category", "simulate")]
public sealed class RetiredTests
{
    private const long Sessions = 100;

    [Fact]
    public void What_a_deleted_node_held_is_vacant_at_once_also_what_is_pinned()
    {
        using var cell = Running(SimOperator.Service(6, lostAfterSeconds: 600), seed: 1);
        cell.Operator.Apply("pinned", SimOperator.Service(3) with { Partition = PartitionPolicy.Pin });
        Assert.True(cell.Within(3, () => cell.RunsOnce(9)), cell.Log());
        cell["node-1"].PowerOff();
        cell.Run(20);
        Assert.Equal(6, cell.Running().Count);
        cell.Operator.Retire(cell["node-1"].Id, Sessions);
        Assert.True(cell.Within(3, () => cell.RunsOnce(9)), cell.Log());
    }

    [Fact]
    public void And_exclusive_work_whose_lease_runs_for_an_hour()
    {
        using var cell = ExclusiveCell.Running(2, spec: ExclusiveCell.Spec with { Lease = TimeSpan.FromMinutes(10) }, before: 700);
        var holder = ExclusiveCell.Holder(cell);
        holder.PowerOff();
        cell.Run(20);
        Assert.Empty(cell.Running());
        cell.Operator.Retire(holder.Id, Sessions);
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void One_that_comes_back_says_nothing_runs_nothing_and_ends_until_it_is_enrolled_again()
    {
        using var cell = Running(SimOperator.Service(6), seed: 3);
        var node = cell["node-1"];
        node.Kill();
        var retired = cell.Operator.Retire(node.Id, Sessions);
        Assert.True(cell.Within(5, () => cell["node-2"].Runtime.Alive.Count() + cell["node-3"].Runtime.Alive.Count() == 6), cell.Log());
        var said = cell.World.Broker.Published.Count;
        node.Start();
        cell.Run(20);
        Assert.Equal(ExitReason.Retired, node.Exited);
        Assert.Empty(node.Runtime.Alive);
        Assert.DoesNotContain(cell.World.Broker.Published.Skip(said), t => t.EndsWith("/node-1", StringComparison.Ordinal) && !t.Contains("/self/", StringComparison.Ordinal));

        // Without a broker too: its disk has nothing that could be begun.
        cell.World.Broker.Kill();
        node.Start();
        cell.Run(20);
        Assert.Empty(node.Runtime.Alive);
        node.Kill();
        cell.World.Broker.Start();
        cell.Run(20);

        cell.Operator.Enroll(node.Id);
        node.Start();
        cell.Run(5);
        Assert.Null(node.Exited);
        cell.Operator.Apply("hello", SimOperator.Service(9), workChanged: false);
        Assert.True(cell.Within(5, () => cell.RunsOnce(9) && node.Runtime.Alive.Any()), cell.Log());

        // The old word, sent again by a stranger who may write to the broker.
        cell.World.Broker.Publish(cell.World.Topics.Retired(node.Id), retired);
        cell.Run(10);
        Assert.Null(node.Exited);
        Assert.True(cell.RunsOnce(9), cell.Log());
    }

    [Fact]
    public void A_deleted_node_that_is_online_ends_its_work_and_leaves()
    {
        using var cell = Running(SimOperator.Service(6), seed: 4);
        cell.Operator.Retire(cell["node-2"].Id, Sessions);
        foreach (var topic in cell.World.Broker.Retained.Keys.Where(t => t.EndsWith("/node-2", StringComparison.Ordinal)).ToList())
        {
            cell.World.Broker.Publish(topic, []);
        }

        Assert.True(cell.Within(10, () => cell.RunsOnce(6) && cell["node-2"].Exited == ExitReason.Retired), cell.Log());
        Assert.Empty(cell["node-2"].Runtime.Alive);
        Assert.DoesNotContain(cell.World.Broker.Retained.Keys, t => t.EndsWith("/node-2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_word_that_no_operator_signed_takes_nobody_out()
    {
        using var cell = Running(SimOperator.Service(6), seed: 5);
        using var stranger = EdgeAgent.Protocol.Security.OperatorKey.Create();
        var word = new EdgeAgent.Core.Fleet.Retirement(cell["node-2"].Id, 1, IsRetired: true, Sessions);
        cell.World.Broker.Publish(cell.World.Topics.Retired(word.Node), EdgeAgent.Protocol.Codec.RetirementCodec.Sign(word, DateTimeOffset.UnixEpoch, stranger, cell.World.Topics));
        cell.Run(10);
        Assert.Null(cell["node-2"].Exited);
        Assert.Equal(6, cell.Starts());
    }

    private static Cell Running(WorkloadSpec spec, ulong seed)
    {
        var cell = new Cell(seed, nodes: 3);
        cell.Operator.Apply("hello", spec);
        Assert.True(cell.Within(3, () => cell.RunsOnce(spec.Replicas)), cell.Log());
        return cell;
    }
}
