using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;
using static EdgeAgent.Tests.Simulation.ExclusiveCell;

namespace EdgeAgent.Tests.Simulation.Traces;

/// <summary>Traces 8 to 10: a lease that was revived, changed or forgotten (docs/spec/simulator.md).</summary>
[Trait("Category", "simulate")]
public sealed class LeaseTests
{
    [Fact]
    public void Trace_8_an_acknowledgement_does_not_revive_what_has_lapsed()
    {
        using var cell = Running(seed: 8);
        var holder = Holder(cell);
        holder.Cut();
        Assert.True(WatchUntil(cell, 30, () => cell.World.Nodes.Values.Any(n => n != holder && n.Runtime.Alive.Any())), cell.Log());

        // Back, and acknowledged; who has taken it meanwhile comes to it late.
        cell.World.Broker.Drops = (to, m) => to == holder && m.Topic.Contains("/claim-", StringComparison.Ordinal) && !m.Topic.EndsWith($"/{holder.Name}", StringComparison.Ordinal);
        holder.Heal();
        Watch(cell, 10);
        cell.World.Broker.Drops = (_, _) => false;
        Watch(cell, 20);

        Assert.Equal(2, Assert.Single(cell.World.Nodes.Values.SelectMany(n => n.Runtime.Alive)).Tag.Epoch.Value);
    }

    [Fact]
    public void Trace_9_the_terms_of_the_claim_bind_where_the_intents_are_shorter()
    {
        using var cell = Running(seed: 9, spec: Spec with { Lease = TimeSpan.FromSeconds(30) });
        var holder = Holder(cell);
        holder.Cut();
        NeverTwo(cell, 2);
        cell.Operator.Apply(Name, Spec, workChanged: false);

        Watch(cell, 60);

        Assert.NotEqual(holder, Holder(cell));
    }

    [Fact]
    public void Trace_9_a_holder_that_no_lease_binds_is_replaced_on_its_own_word_only()
    {
        using var cell = Running(seed: 10, spec: Spec with { Partition = PartitionPolicy.Failover, LostAfter = TimeSpan.FromMinutes(1) });
        var holder = Holder(cell);
        holder.Cut();
        NeverTwo(cell, 2);
        cell.Operator.Apply(Name, Spec);
        Watch(cell, 120);
        Assert.Equal(1, cell.Starts());

        holder.Heal();
        Watch(cell, 40);

        Assert.NotNull(Holder(cell).Runtime.FencedUntil);
    }

    [Fact]
    public void Trace_10_a_reboot_does_not_start_from_the_disk_what_another_has_taken()
    {
        using var cell = Running(seed: 11);
        var holder = Holder(cell);
        holder.PowerOff();
        Assert.True(WatchUntil(cell, 30, () => cell.RunsOnce(1)), cell.Log());

        // It can't be told: its network is cut.
        holder.Cut();
        holder.Start();
        Watch(cell, 20);
        holder.Heal();
        Watch(cell, 20);

        Assert.Equal(2, cell.Starts());
    }

    [Fact]
    public void Trace_10_it_is_released_when_its_last_process_has_ended_and_not_before()
    {
        using var cell = Running(seed: 12);
        var holder = Holder(cell);
        holder.Runtime.StopLatency = TimeSpan.FromSeconds(0.9);
        holder.Runtime.FenceTrouble = "the timer is not waiting";

        Assert.True(WatchUntil(cell, 10, () => cell.Words().Any(w => w.Phase == ClaimPhase.Released && w.Node == holder.Id)), cell.Log());
        Assert.Empty(holder.Runtime.Alive);
        Watch(cell, 30);

        Assert.NotEqual(holder, Holder(cell));
    }

    [Fact]
    public void Trace_10_a_cloned_card_starts_nothing_of_the_one_it_was_copied_from()
    {
        using var cell = Running(seed: 13);
        var holder = Holder(cell);
        cell.World.Add("copy").Start(holder.Store.Clone(), under: holder.Name);

        // Both are seen: neither can trust its lease, and the slot may move.
        Watch(cell, 90);

        Assert.Empty(cell["copy"].Runtime.Starts);
    }
}
