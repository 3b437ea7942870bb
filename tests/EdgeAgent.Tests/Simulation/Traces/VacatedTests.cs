using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeAgent.Simulation;
using Xunit;
using static EdgeAgent.Tests.Simulation.ExclusiveCell;

namespace EdgeAgent.Tests.Simulation.Traces;

/// <summary>Traces 26 to 32: a word, or the lack of one, that made a slot look vacant (docs/spec/simulator.md).</summary>
[Trait("Category", "simulate")]
public sealed class VacatedTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    public enum Meanwhile
    {
        Nothing,
        Changed,
        ScaledDownAndUp,
    }

    [Theory]
    [InlineData(Meanwhile.Nothing)]
    [InlineData(Meanwhile.Changed)]
    [InlineData(Meanwhile.ScaledDownAndUp)]
    public void Trace_26_a_released_that_a_set_back_store_has_frees_nothing_inside_a_lease(Meanwhile meanwhile)
    {
        using var cell = Running(seed: 26);
        var first = Holder(cell);
        first.Runtime.FenceTrouble = "the timer is not waiting";
        Dictionary<string, byte[]>? before = null;
        Assert.True(WatchUntil(cell, 10, () => cell.Words().Any(w => w.Phase == ClaimPhase.Released && w.Node == first.Id)), cell.Log());
        before = cell.World.Broker.Snapshot().Where(r => !IsBidIn(r.Key, first)).ToDictionary(r => r.Key, r => r.Value);
        Assert.True(WatchUntil(cell, 30, () => cell.RunsOnce(1)), cell.Log());
        cell.Run(3);
        var holder = Holder(cell);
        first.Runtime.FenceTrouble = "";

        // The holder has just renewed, and isn't back when the others are.
        holder.Cut();
        cell.World.Broker.Kill();
        cell.World.Broker.Start(store: before);
        NeverTwo(cell, 0.5);
        if (meanwhile == Meanwhile.ScaledDownAndUp)
        {
            cell.Operator.Apply(Name, Spec with { Replicas = 0 }, workChanged: false);
            NeverTwo(cell, 0.5);
        }

        if (meanwhile != Meanwhile.Nothing)
        {
            cell.Operator.Apply(Name, Spec, workChanged: false);
        }

        NeverTwo(cell, 20);
        holder.Heal();
        Watch(cell, 40);
        Assert.True(Holder(cell).Runtime.Alive.Single().Tag.Epoch.Value >= 2, cell.Log());
    }

    [Theory]
    [InlineData(PartitionPolicy.Failover, 0)]
    [InlineData(PartitionPolicy.Failover, 1)]
    [InlineData(PartitionPolicy.Exclusive, 0)]
    [InlineData(PartitionPolicy.Exclusive, 1)]
    public void Trace_27_a_witness_vacates_nothing(PartitionPolicy partition, int above)
    {
        using var cell = Running(seed: 27, spec: Spec with { Partition = partition, Lease = Long, LostAfter = Long });
        cell.Run(12);
        var holder = Holder(cell);
        var held = cell.Words().Single(w => w.Phase == ClaimPhase.Running);
        var witness = cell.World.Nodes.Values.First(n => n != holder);
        holder.Cut();
        NeverTwo(cell, 4);
        var seen = held with { Node = witness.Id, Phase = ClaimPhase.Seen, Epoch = new(held.Epoch.Value + above), Order = new WordOrder(1000, 1), Pid = 0 };
        cell.World.Broker.Publish(cell.World.Topics.Claim(seen.Slot, seen.Node), WordCodec.Write(seen));
        NeverTwo(cell, 10);
        holder.Heal();

        Watch(cell, 30);

        Assert.Equal(holder, Holder(cell));
        Assert.Equal(1, cell.Starts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trace_28_a_clone_or_a_wiped_folder_does_not_answer_for_the_one_that_runs(bool isClone)
    {
        using var cell = Running(seed: 28);
        var holder = Holder(cell);
        var gaveUp = false;
        cell.World.Broker.Drops = (_, m) =>
        {
            gaveUp |= IsReleasedWhileItRuns(cell, holder, m);
            return false;
        };
        cell.World.Add("copy").Start(isClone ? holder.Store.Clone() : new SimStore(), under: holder.Name);

        NeverTwo(cell, 90);

        Assert.False(gaveUp, $"released while it ran\n{cell.Log()}");
    }

    [Fact]
    public void Trace_29_the_own_will_is_no_proof_that_the_broker_lived_when_another_died()
    {
        using var cell = Running(seed: 29, spec: SimOperator.Service(1));
        var gone = Holder(cell);
        var looker = cell.World.Nodes.Values.First(n => n != gone);
        var third = cell.World.Nodes.Values.First(n => n != gone && n != looker);
        third.PowerOff();
        looker.Cut();
        cell.Run(3);
        cell.World.Broker.Kill();
        gone.PowerOff();
        cell.World.Broker.Start();
        looker.Heal();

        Assert.True(cell.Within(20, () => looker.Runtime.Alive.Any()), cell.Log());
    }

    [Fact]
    public void Trace_30_who_has_spoken_lately_answers_all_the_same()
    {
        for (var at = 0; at < 20; at++)
        {
            using var cell = Running(seed: 30, spec: SimOperator.Service(1));
            cell.Run(2);
            var holder = Holder(cell);

            // It speaks to one who asks, and a moment later another comes and asks everybody.
            cell.World.Add("node-4").Start();
            cell.Run(at * 0.1);
            cell.World.Add("node-5").Start();
            cell.Run(20);

            var bids = cell.World.Broker.Published.Where(t => t.Contains("/claim-", StringComparison.Ordinal) && (t.EndsWith("/node-4", StringComparison.Ordinal) || t.EndsWith("/node-5", StringComparison.Ordinal)));
            Assert.True(Holder(cell) == holder && cell.Starts() == 1 && !bids.Any(), $"{at * 0.1} s\n{cell.Log()}");
        }
    }

    [Fact]
    public void Trace_31_a_mere_bid_does_not_stop_the_holder()
    {
        using var cell = Running(seed: 31);
        var holder = Holder(cell);
        var held = cell.Words().Single(w => w.Node == holder.Id);
        var bidder = cell.World.Nodes.Values.First(n => n != holder);
        var bid = held with { Node = bidder.Id, Phase = ClaimPhase.Bid, Epoch = held.Epoch.Next, Order = new WordOrder(1000, 1), Pid = 0 };
        cell.World.Broker.Publish(cell.World.Topics.Claim(bid.Slot, bid.Node), WordCodec.Write(bid));

        Watch(cell, 20);

        Assert.Equal(holder, Holder(cell));
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void Trace_32_of_two_under_one_name_one_gives_way_and_they_do_not_kick_each_other_for_ever()
    {
        using var cell = Running(seed: 32, spec: SimOperator.Service(1));
        var holder = Holder(cell);
        var copy = cell.World.Add("copy");
        copy.Start(holder.Store.Clone(), under: holder.Name);
        Assert.True(cell.Within(20, () => copy.Exited == ExitReason.DuplicateIdentity), cell.Log());
        cell.Run(5);
        var before = cell.World.Broker.Published.Count;

        cell.Run(60);

        Assert.Equal(before, cell.World.Broker.Published.Count);
        Assert.True(holder.IsAlive && holder.Exited is null && cell.RunsOnce(1), cell.Log());
    }

    private static bool IsBidIn(string topic, SimNode released) => topic.Contains("/claim-", StringComparison.Ordinal) && !topic.EndsWith($"/{released.Name}", StringComparison.Ordinal);

    private static bool IsReleasedWhileItRuns(Cell cell, SimNode holder, BrokerMessage m) => holder.Runtime.Alive.Any() && cell.World.Topics.TryParse(m.Topic, out var topic)
        && topic.Kind == TopicKind.Claim && topic.Node == holder.Id && !WordCodec.TryReadClaim(m.Payload, Slot, holder.Id, out var claim).IsError && claim.Phase == ClaimPhase.Released;
}
