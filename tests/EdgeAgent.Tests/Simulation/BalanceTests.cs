using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Whole cells come to rest with each node having its part (docs/adr/0029). R is two seconds here.</summary>
[Trait("Category", "simulate")]
public sealed class BalanceTests
{
    /// <summary>Until a node may wish, and for each slot that it takes.</summary>
    private const int Minutes = 5 * 60;

    [Fact]
    public void A_node_that_joins_gets_its_part_without_anything_going_down()
    {
        using var cell = Two(SimOperator.Service(12), seed: 1);
        Assert.Equal([6, 6, 0], cell.Spread());
        cell["node-3"].Start();
        var least = 12;
        Assert.True(cell.Within(Minutes, () =>
        {
            least = Math.Min(least, cell.Running().Count);
            return cell.Spread() is [4, 4, 4];
        }), cell.Log());
        Assert.Equal(12, least);
        Rests(cell, 12);
    }

    [Fact]
    public void At_no_time_are_more_of_a_workload_on_their_way_than_may_be_down()
    {
        using var cell = Two(SimOperator.Service(12), seed: 2);
        cell["node-3"].Start();
        var most = 0;
        Assert.True(cell.Within(Minutes, () =>
        {
            most = Math.Max(most, cell.Running().Values.Sum(n => n - 1));
            return cell.Spread() is [4, 4, 4];
        }), cell.Log());
        Assert.Equal(1, most);
    }

    [Fact]
    public void Workloads_of_one_slot_each_come_to_an_empty_node_too()
    {
        using var cell = Two(null, seed: 3);
        for (var i = 0; i < 12; i++)
        {
            cell.Operator.Apply($"one-{i}", SimOperator.Service(1) with { Resources = new Resources(new(300), new(64 << 20), default, 0) });
        }

        Assert.True(cell.Within(10, () => cell.RunsOnce(12)), cell.Log());
        cell["node-3"].Start();
        Assert.True(cell.Within(Minutes, () => cell.Spread() is var spread && spread.Min() >= 3), string.Join(' ', cell.Spread()));
        Rests(cell, 12);
    }

    [Fact]
    public void A_node_that_is_freed_gets_work_again()
    {
        using var cell = Two(SimOperator.Service(6), seed: 4);
        cell["node-3"].Start();
        cell.Run(1);
        cell.Operator.Mark(cell["node-1"], "drain");
        Assert.True(cell.Within(20, () => cell.Spread()[0] == 0), cell.Log());
        cell.Run(60);
        Assert.Equal(0, cell.Spread()[0]);
        cell.Operator.Mark(cell["node-1"], "uncordon");
        Assert.True(cell.Within(Minutes, () => cell.Spread() is [2, 2, 2]), string.Join(' ', cell.Spread()));
        Rests(cell, 6);
    }

    [Theory]
    [InlineData(PartitionPolicy.Pin, PlacementPolicy.Spread, false)]
    [InlineData(PartitionPolicy.Failover, PlacementPolicy.Pack, false)]
    [InlineData(PartitionPolicy.Failover, PlacementPolicy.Fragmentation, false)]
    [InlineData(PartitionPolicy.Failover, PlacementPolicy.Spread, true)]
    public void Nothing_else_moves(PartitionPolicy partition, PlacementPolicy policy, bool staysPut)
    {
        using var cell = Two(SimOperator.Service(6) with { Partition = partition, Policy = policy, StaysPut = staysPut }, seed: 5);
        cell["node-3"].Start();
        cell.Run(Minutes);
        Assert.Equal(6, cell.Starts());
    }

    [Fact]
    public void A_node_that_comes_and_goes_moves_nothing()
    {
        using var cell = Two(SimOperator.Service(6), seed: 6);
        for (var i = 0; i < 10; i++)
        {
            cell["node-3"].Start();
            cell.Run(8);
            cell["node-3"].Kill();
            cell.Run(8);
        }

        Assert.Equal(6, cell.Starts());
    }

    [Fact]
    public void Who_dies_in_the_middle_leaves_the_slot_where_it_was()
    {
        using var cell = Two(SimOperator.Service(12) with { Ready = new ReadyRule(["/bin/ready"]) { Interval = TimeSpan.FromSeconds(1) } }, seed: 7);
        cell["node-3"].Start();
        Assert.True(cell.Within(Minutes, () => cell["node-3"].Runtime.Alive.Any()), cell.Log());
        cell["node-3"].PowerOff();
        var least = 12;
        Assert.False(cell.Within(60, () =>
        {
            least = Math.Min(least, cell.Running().Count);
            return false;
        }));
        Assert.Equal(12, least);
        Assert.True(cell.RunsOnce(12), cell.Log());
    }

    /// <summary>Two of three nodes run it.</summary>
    private static Cell Two(WorkloadSpec? spec, ulong seed)
    {
        var cell = new Cell(seed, nodes: 3);
        cell["node-3"].Kill();
        cell.Run(20);
        if (spec is not null)
        {
            cell.Operator.Apply("hello", spec);
            Assert.True(cell.Within(5, () => cell.RunsOnce(spec.Replicas)), cell.Log());
        }

        return cell;
    }

    private static void Rests(Cell cell, int slots)
    {
        var starts = cell.Starts();
        cell.Run(Minutes);
        Assert.Equal(starts, cell.Starts());
        Assert.True(cell.RunsOnce(slots), cell.Log());
    }
}
