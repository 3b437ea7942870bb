using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;
using static EdgeAgent.Tests.Simulation.ExclusiveCell;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Exclusive work: at most one at any time, whatever is cut, killed or forgotten.</summary>
[Trait("Category", "simulate")]
public sealed class ExclusiveTests
{
    [Fact]
    public void It_is_placed_once_and_renewed()
    {
        using var cell = Running(seed: 1);
        var holder = Holder(cell);

        for (var i = 0; i < 60; i++)
        {
            cell.Run(1);
            Assert.True(cell.RunsOnce(1), cell.Log());
        }

        Assert.Equal(holder, Holder(cell));
        Assert.True(holder.Runtime.FencedUntil > cell.World.Clock.Now);
    }

    [Fact]
    public void A_holder_that_is_cut_off_stops_before_another_starts()
    {
        using var cell = Running(seed: 2);
        var holder = Holder(cell);
        holder.Cut();

        Watch(cell, 40);

        Assert.NotEqual(holder, Holder(cell));
        holder.Heal();
        Watch(cell, 20);
        Assert.Equal(2, Assert.Single(cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive)).Tag.Epoch.Value);
    }

    [Fact]
    public void A_cut_shorter_than_the_lease_moves_nothing()
    {
        using var cell = Running(seed: 3);
        var holder = Holder(cell);
        holder.Cut();
        cell.Run(3);
        holder.Heal();

        Watch(cell, 40);

        Assert.Equal(holder, Holder(cell));
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void A_killed_agent_finds_its_fence_and_goes_on()
    {
        using var cell = Running(seed: 4);
        var holder = Holder(cell);
        holder.Kill();
        cell.Run(1);
        holder.Start();

        Watch(cell, 40);

        Assert.Equal(holder, Holder(cell));
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void An_agent_that_stays_dead_is_replaced_after_its_fence_fell()
    {
        using var cell = Running(seed: 5);
        var holder = Holder(cell);
        holder.Kill();

        Watch(cell, 40);

        Assert.NotEqual(holder, Holder(cell));
    }

    [Fact]
    public void A_reboot_starts_nothing_from_the_store()
    {
        using var cell = Running(seed: 6, nodes: 1);
        var node = Holder(cell);
        cell.World.Broker.Kill();
        node.PowerOff();
        node.Start();
        cell.Run(30);

        Assert.Empty(cell.Running());
        cell.World.Broker.Start();
        Watch(cell, 40);
        Assert.Equal(2, Assert.Single(node.Runtime.Alive).Tag.Epoch.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_broker_that_comes_back_empty_gives_it_to_nobody_else(bool emptied)
    {
        for (ulong seed = 10; seed < 20; seed++)
        {
            using var cell = Running(seed);
            var holder = Holder(cell);
            cell.World.Broker.Kill();
            cell.Run(0.2);
            cell.World.Broker.Start(emptied);

            Watch(cell, 60);

            Assert.True(Holder(cell) == holder && cell.Starts() == 1, $"seed {seed}\n{cell.Log()}");
        }
    }

    [Fact]
    public void Its_holder_scaled_away_it_is_given_up_and_deleted_for_good()
    {
        using var cell = Running(seed: 7);
        cell.Operator.Delete("alone");
        cell.Run(5);

        Assert.Empty(cell.Running());
        Assert.Empty(cell.Words());
    }

    [Fact]
    public void A_process_runtime_refuses_it_with_the_reason()
    {
        using var cell = new Cell(seed: 8, nodes: 1, n => n.Runtime.FenceLack = "nothing would end it");
        cell.Operator.Apply("alone", Spec);
        cell.Run(5);

        Assert.Empty(cell.Running());
        cell["node-1"].Ask("why", "alone");
        cell.Run(0.1);
        Assert.Contains("be fenced here: nothing would end it", cell["node-1"].LastAnswer, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fence_that_fails_ends_the_work()
    {
        using var cell = Running(seed: 9, nodes: 1);
        Holder(cell).Runtime.FenceTrouble = "the timer is not waiting";
        cell.Run(5);

        Assert.Empty(cell.Running());
        Assert.Contains("the timer is not waiting", cell.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public void Failover_work_that_becomes_exclusive_is_started_anew_under_a_fence()
    {
        using var cell = new Cell(seed: 21, nodes: 3);
        cell.Operator.Apply("alone", Spec with { Partition = PartitionPolicy.Failover });
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)));
        cell.Operator.Apply("alone", Spec);

        Watch(cell, 60);

        Assert.True(cell.RunsOnce(1), cell.Log());
        Assert.NotNull(Holder(cell).Runtime.FencedUntil);
    }

    [Fact]
    public void Two_leases_on_one_node_both_end_with_the_shorter()
    {
        using var cell = new Cell(seed: 22, nodes: 2);
        cell.Run(3);
        cell.Operator.Apply("long", Spec with { Lease = TimeSpan.FromMinutes(1) });
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)));
        var holder = Holder(cell);
        cell.World.Nodes.Values.Single(n => n != holder).PowerOff();
        cell.Run(3);
        cell.Operator.Apply("alone", Spec);
        Assert.True(cell.Within(10, () => cell.RunsOnce(2)), cell.Log());

        Assert.InRange(holder.Runtime.FencedUntil!.Value - cell.World.Clock.Now, TimeSpan.Zero, LeaseTime);
        cell.Operator.Delete("alone");
        cell.Run(70);
        Assert.True(cell.RunsOnce(1) && cell.Starts() == 2, cell.Log());
        Assert.True(holder.Runtime.FencedUntil - cell.World.Clock.Now > LeaseTime);
    }

    [Fact]
    public void A_lease_that_is_made_shorter_binds_before_it_is_said()
    {
        using var cell = new Cell(seed: 23, nodes: 3);
        cell.Run(3);
        cell.Operator.Apply("alone", Spec with { Lease = TimeSpan.FromMinutes(1) });
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)));
        var holder = Holder(cell);
        cell.World.Broker.Drops = (_, m) =>
        {
            Assert.False(m.Topic.Contains("/claim-", StringComparison.Ordinal) && IsShort(cell, m) && holder.Runtime.FencedUntil - cell.World.Clock.Now > LeaseTime, "said before it was bound");
            return false;
        };
        cell.Operator.Apply("alone", Spec, workChanged: false);
        Assert.True(cell.Within(10, () => cell.Words().Any(w => w.Lease == LeaseTime && w.Phase == ClaimPhase.Running)), cell.Log());

        Assert.Equal(1, cell.Starts());
        holder.Cut();
        Watch(cell, 40);
    }

    [Fact]
    public void A_copy_of_a_holders_disk_gives_nothing_up_while_the_original_may_run_it_behind_a_cut()
    {
        using var cell = new Cell(seed: 24, nodes: 3);
        cell.Run(3);
        cell.Operator.Apply("alone", Spec with { Lease = TimeSpan.FromSeconds(20) });
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)));
        cell.Run(2);
        var holder = Holder(cell);
        holder.Cut();
        cell.Run(2);
        cell.World.Add("copy").Start(holder.Store.Clone(), under: holder.Name);

        Watch(cell, 90);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nor_does_it_clear_what_the_original_may_run_when_the_workload_goes_and_comes_back(bool isDeleted)
    {
        using var cell = new Cell(seed: 24, nodes: 3);
        cell.Run(3);
        var spec = Spec with { Lease = TimeSpan.FromSeconds(20) };
        cell.Operator.Apply("alone", spec);
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)));
        cell.Run(2);
        var holder = Holder(cell);
        holder.Cut();
        cell.Run(2);
        cell.World.Add("copy").Start(holder.Store.Clone(), under: holder.Name);
        NeverTwo(cell, 4);
        if (isDeleted)
        {
            cell.Operator.Delete("alone");
        }
        else
        {
            cell.Operator.Apply("alone", spec with { Replicas = 0 }, workChanged: false);
        }

        NeverTwo(cell, 1);
        cell.Operator.Apply("alone", spec, workChanged: false);

        Watch(cell, 90);
    }

    private static bool IsShort(Cell cell, Node.Ports.BrokerMessage m) => cell.World.Topics.TryParse(m.Topic, out var topic)
        && !WordCodec.TryReadClaim(m.Payload, new SlotId(topic.Workload, topic.Index), topic.Node, out var claim).IsError && claim.Lease == LeaseTime;
}
