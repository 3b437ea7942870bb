using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;
using static EdgeAgent.Tests.Simulation.ExclusiveCell;

namespace EdgeAgent.Tests.Simulation.Traces;

/// <summary>Traces 1 to 7: how two came to run one slot in earlier wordings of the protocol (docs/spec/simulator.md).</summary>
[Trait("Category", "simulate")]
public sealed class TwoRunTests
{
    [Theory]
    [InlineData(PartitionPolicy.Failover)]
    [InlineData(PartitionPolicy.Exclusive)]
    public void Trace_1_bids_that_cross_on_slow_ways_start_one(PartitionPolicy partition) => OneStarts(partition, cell =>
    {
        foreach (var node in cell.World.Nodes.Values)
        {
            node.Link.Delay = TimeSpan.FromMilliseconds(300);
        }
    });

    private static void OneStarts(PartitionPolicy partition, Action<Cell> prepare)
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            cell.Run(3);
            prepare(cell);
            cell.Operator.Apply(Name, Spec with { Partition = partition });
            Watch(cell, 15);
            Assert.True(cell.Starts() == 1, $"seed {seed}: {cell.Starts()} starts\n{cell.Log()}");
        }
    }

    /// <summary>Found by seed 391 of 2026-11-25: one bids anew, at a higher epoch, before it has heard that another has bid below it and begun, and that one's disk is slow to let it say so.</summary>
    [Fact]
    public void Bids_of_two_epochs_that_cross_start_one()
    {
        var spec = Spec with { Requires = new() { Labels = new Dictionary<string, string> { ["zone"] = "node-2" } } };
        for (ulong seed = 1; seed <= 60; seed++)
        {
            using var cell = new Cell(seed, nodes: 2, n => n.Labels = new Dictionary<string, string> { ["zone"] = n.Name });

            // Nobody can be inside a lease any more that this broker forgot.
            cell.Run(12);
            cell["node-1"].Store.Latency = TimeSpan.FromSeconds(1.5);
            cell["node-2"].Link.Delay = TimeSpan.FromMilliseconds(400);
            cell.Operator.Apply(Name, spec);
            NeverTwo(cell, 0.1 + (0.01 * seed));
            cell.Operator.Apply(Name, Spec);

            NeverTwo(cell, 12);
        }
    }

    [Fact]
    public void Trace_1_first_in_the_brokers_order_is_not_all_where_a_copy_was_dropped()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            using var cell = new Cell(seed, nodes: 3);
            cell.Run(3);
            var isLost = false;
            cell.World.Broker.Drops = (to, m) =>
            {
                var drop = !isLost && !m.Retained && IsClaimOfAnother(to, m);
                isLost |= drop;
                return drop;
            };
            cell.Operator.Apply(Name, Spec);

            Watch(cell, 30);

            Assert.True(isLost);
        }
    }

    [Fact]
    public void Trace_2_each_bidder_sees_its_own_echo_first_and_one_runs()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = new Cell(seed, nodes: 2);
            cell.Run(3);

            // Neither hears the other's bid until both could have decided on their own.
            cell.World.Broker.Drops = (to, m) => !m.Retained && IsClaimOfAnother(to, m);
            cell.Operator.Apply(Name, Spec);
            NeverTwo(cell, 1);
            cell.World.Broker.Drops = (_, _) => false;

            Watch(cell, 40);
        }
    }

    /// <summary>Both have their own copy before the other's bid: MQTTnet's broker is one like that.</summary>
    [Theory]
    [InlineData(PartitionPolicy.Failover)]
    [InlineData(PartitionPolicy.Exclusive)]
    public void Trace_2_behind_a_broker_of_several_threads_one_runs(PartitionPolicy partition) => OneStarts(partition, cell => cell.World.Broker.Skew = TimeSpan.FromMilliseconds(20));

    [Fact]
    public void Trace_4_a_connection_that_was_taken_and_said_nothing_renews_no_lease()
    {
        using var cell = Running(seed: 4);
        var holder = Holder(cell);
        holder.Cut();
        Assert.True(WatchUntil(cell, 10, () => holder.Rules!.LeaseUntil - cell.World.Clock.Now < TimeSpan.FromSeconds(0.7)), cell.Log());

        // The broker takes the connection and hears nothing in it, for longer than anybody waits.
        var isTaken = false;
        holder.Link.WillDelay = TimeSpan.FromMinutes(1);
        cell.World.Broker.Drops = (to, _) =>
        {
            if (to == holder && !isTaken)
            {
                isTaken = true;
                to.CutOff(isOut: true, isIn: false);
            }

            return false;
        };
        holder.Heal();
        Watch(cell, 30);

        Assert.True(isTaken);
        Assert.NotEqual(holder, Holder(cell));
    }

    [Fact]
    public void Trace_5_a_holder_that_is_back_and_heard_by_nobody_keeps_its_work()
    {
        using var cell = Running(seed: 5);
        var holder = Holder(cell);
        holder.Cut();
        Assert.True(WatchUntil(cell, 3, () => !IsOnline(cell, holder)), cell.Log());
        cell.Run(0.5);
        cell.World.Broker.Drops = (to, m) => to != holder && !m.Retained && m.Topic.EndsWith($"/{holder.Name}", StringComparison.Ordinal);
        holder.Heal();

        Watch(cell, 60);

        Assert.Equal(holder, Holder(cell));
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void Trace_6_no_claim_in_an_emptied_store_is_not_nobody()
    {
        using var cell = Running(seed: 6);
        var holder = Holder(cell);
        cell.Run(1);
        holder.Cut();
        cell.World.Broker.Kill();
        cell.Run(0.1);
        cell.World.Broker.Start(emptyStore: true);

        // Who is gone doesn't come back: another runs it in the end.
        Watch(cell, 40);

        Assert.NotEqual(holder, Holder(cell));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trace_7_a_wait_does_not_outlive_the_connection_that_it_began_in(bool emptied)
    {
        using var cell = Running(seed: 7);
        var holder = Holder(cell);
        var takers = cell.World.Nodes.Values.Where(n => n != holder).ToList();
        holder.Cut();
        NeverTwo(cell, 3.5);

        // The takers have heard the will, and lose the broker; the holder comes back to it.
        takers.ForEach(t => t.Cut());
        holder.Heal();
        NeverTwo(cell, 4);
        Assert.True(holder.Runtime.Alive.Any(), cell.Log());

        // It is gone again with the broker; the takers' first wait would be over while its lease runs.
        holder.Cut();
        cell.World.Broker.Kill();
        cell.World.Broker.Start(emptied);
        takers.ForEach(t => t.Heal());

        Watch(cell, 40);
    }

    private static bool IsClaimOfAnother(SimNode to, BrokerMessage m) =>
        m.Topic.Contains("/claim-", StringComparison.Ordinal) && !m.Topic.EndsWith($"/{to.Name}", StringComparison.Ordinal);

    private static bool IsOnline(Cell cell, SimNode node) =>
        !WordCodec.TryReadPresence(cell.World.Broker.Retained[cell.World.Topics.Presence(node.Id)], node.Id, out var word).IsError && !word.IsAway;
}
