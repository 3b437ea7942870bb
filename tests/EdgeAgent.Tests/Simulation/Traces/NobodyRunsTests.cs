using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation.Traces;

/// <summary>Traces 14 to 18: what a store, a disk or a name that was used before did to a cell (docs/spec/simulator.md).</summary>
[Trait("Category", "simulate")]
public sealed class NobodyRunsTests
{
    [Fact]
    public void Trace_14_a_store_that_is_set_back_revives_nothing_on_a_new_node()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var cell = Held(seed, replicas: 3);
            var before = cell.World.Broker.Snapshot();
            cell.Operator.Delete("hello");
            Assert.True(cell.Within(5, () => cell.RunsOnce(0)), cell.Log());
            cell.Run(2);
            var starts = cell.Starts();
            cell.World.Broker.Kill();
            cell.World.Broker.Start(store: before);
            cell.World.Add("node-4").Start();

            cell.Run(30);

            Assert.True(cell.RunsOnce(0), $"seed {seed}\n{cell.Log()}");
            Assert.True(cell.Starts() == starts, $"seed {seed}: {cell.Starts() - starts} were started\n{cell.Log()}");
        }
    }

    [Fact]
    public void Trace_14_an_epoch_that_the_store_lost_is_not_given_again()
    {
        using var cell = Held(seed: 1, replicas: 1);
        var before = cell.World.Broker.Snapshot();
        var first = Runner(cell);
        first.PowerOff();
        Assert.True(cell.Within(20, () => cell.RunsOnce(1)), cell.Log());
        cell.Run(2);
        cell.World.Broker.Kill();
        cell.World.Broker.Start(store: before);
        cell.Run(10);
        Assert.Equal(2, Assert.Single(Runner(cell).Runtime.Alive).Tag.Epoch.Value);

        Runner(cell).PowerOff();
        Assert.True(cell.Within(20, () => cell.RunsOnce(1)), cell.Log());
        Assert.Equal(3, Assert.Single(Runner(cell).Runtime.Alive).Tag.Epoch.Value);
    }

    [Fact]
    public void Trace_15_a_wiped_node_gives_up_what_it_no_longer_knows_and_speaks_above_its_old_session()
    {
        using var cell = Held(seed: 15, replicas: 1);
        var holder = Runner(cell);
        for (var again = 0; again < 5; again++)
        {
            holder.Kill();
            holder.Start();
            cell.Run(3);
        }

        var session = PresenceOf(cell, holder).Session;
        holder.PowerOff();
        holder.Start(new SimStore());

        Assert.True(cell.Within(20, () => cell.RunsOnce(1)), cell.Log());
        Assert.True(session > 5 && PresenceOf(cell, holder) is { IsAway: false } now && now.Session > session, $"{session} and {PresenceOf(cell, holder)}");
    }

    [Fact]
    public void Trace_16_an_unknown_word_of_ones_own_is_answered_when_it_is_read_and_not_when_it_comes_live()
    {
        using var cell = Held(seed: 16, replicas: 1);
        var word = cell.Words().Single(w => w.Phase == ClaimPhase.Running);
        var other = cell.World.Nodes.Values.First(n => cell.Words().All(w => w.Node != n.Id));
        var unknown = word with { Node = other.Id, Order = new WordOrder(1, 1), Epoch = new(0) };
        cell.World.Broker.Publish(cell.World.Topics.Claim(unknown.Slot, unknown.Node), WordCodec.Write(unknown));
        var before = cell.World.Broker.Published.Count;
        cell.Run(30);
        Assert.Equal(before, cell.World.Broker.Published.Count);

        other.Kill();
        other.Start();
        cell.Run(10);
        Assert.Equal(ClaimPhase.Released, cell.Words().Single(w => w.Node == other.Id).Phase);
        before = cell.World.Broker.Published.Count;
        cell.Run(30);
        Assert.Equal(before, cell.World.Broker.Published.Count);
        Assert.True(cell.RunsOnce(1), cell.Log());
    }

    [Fact]
    public void Trace_16_a_presence_known_before_the_own_reconnect_does_not_hide_who_is_gone()
    {
        using var cell = Held(seed: 17, replicas: 1);
        var holder = Runner(cell);
        var (before, session) = (cell.World.Broker.Snapshot(), PresenceOf(cell, holder).Session);
        holder.Kill();
        holder.Start();
        cell.Run(5);
        Assert.True(holder.Runtime.Alive.Any() && PresenceOf(cell, holder).Session > session);

        // The store is of before: it has an older session of who has died with it.
        cell.World.Broker.Kill();
        holder.PowerOff();
        cell.World.Broker.Start(store: before);

        Assert.True(cell.Within(20, () => cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void Trace_17_who_leaves_politely_says_that_it_is_gone_and_is_replaced()
    {
        using var cell = Held(seed: 18, replicas: 1);
        var holder = Runner(cell);
        holder.Stop();
        Assert.True(cell.Within(2, () => !holder.IsAlive), cell.Log());
        holder.Runtime.EndAll();

        Assert.Equal(PresenceState.Offline, PresenceOf(cell, holder).State);
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void Trace_18_a_job_under_a_name_used_again_is_not_done_already()
    {
        using var cell = new Cell(seed: 19, nodes: 3, n => n.Runtime.Outcome = _ => 0);
        cell["node-3"].PowerOff();
        var job = SimOperator.Service(1) with { Mode = WorkloadMode.Job };
        cell.Operator.Apply("once", job);
        Assert.True(cell.Within(10, () => cell.Words().Any(w => w.Phase == ClaimPhase.Succeeded)), cell.Log());
        for (var generation = 2; generation <= 4; generation++)
        {
            cell.Operator.Apply("once", job, workChanged: false);
            cell.Run(1);
        }

        // Who was there for four generations and a tombstone, and who comes for the new first one.
        cell.Operator.Delete("once");
        cell.Run(2);
        var again = cell.Operator.Apply("once", job);
        cell["node-3"].Start();

        Assert.True(cell.Within(20, () => cell.Starts() == 2), cell.Log());
        Assert.True(cell.Within(10, () => cell.World.Nodes.Values.All(n => n.Rules!.IntentOf(again.Workload)?.Digest == again.Digest)), cell.Log());
    }

    [Fact]
    public void Trace_18_who_was_away_for_longer_than_nodes_remember_the_deleted_revives_nothing_where_the_broker_does()
    {
        using var cell = Held(seed: 20, replicas: 3);
        var away = cell["node-1"];
        away.PowerOff();
        cell.Operator.Delete("hello");
        cell.Run(10);
        Assert.True(cell.RunsOnce(0), cell.Log());
        cell.Run(TimeSpan.FromDays(31).TotalSeconds);
        cell.Operator.Apply("later", SimOperator.Service(1));
        cell.Run(10);
        away.Start();

        cell.Run(60);

        Assert.DoesNotContain(cell.Running().Keys, s => s.Workload.Value == "hello");
    }

    private static Cell Held(ulong seed, int replicas)
    {
        var cell = new Cell(seed, nodes: 3);
        cell.Operator.Apply("hello", SimOperator.Service(replicas));
        Assert.True(cell.Within(3, () => cell.RunsOnce(replicas)), cell.Log());
        cell.Run(3);
        return cell;
    }

    private static SimNode Runner(Cell cell) => Assert.Single(cell.World.Nodes.Values, n => n.Runtime.Alive.Any());

    private static Presence PresenceOf(Cell cell, SimNode node)
    {
        Assert.False(WordCodec.TryReadPresence(cell.World.Broker.Retained[cell.World.Topics.Presence(node.Id)], node.Id, out var presence).IsError);
        return presence;
    }
}
