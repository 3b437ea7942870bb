using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Nothing grows without end, and what is full keeps nobody away.</summary>
[Trait("Category", "simulate")]
public sealed class BoundTests
{
    [Fact]
    public void Claims_of_strangers_stay_within_a_bound_and_place_nothing_wrong()
    {
        using var cell = new Cell(1, nodes: 2);
        cell.Operator.Apply("hello", SimOperator.Service(20));
        Assert.True(cell.Within(5, () => cell.RunsOnce(20)));
        var claim = Claims(cell, "hello").First();
        for (var n = 0; n < 20_000; n++)
        {
            var junk = claim with { Node = NodeId.Parse($"x{n % 1000}"), Slot = new(claim.Slot.Workload, n / 1000), Epoch = new(0), Phase = ClaimPhase.Seen, Order = new(1, 1), Reason = new string('r', 1024) };
            cell.World.Broker.Publish(cell.World.Topics.Claim(junk.Slot, junk.Node), WordCodec.Write(junk), retain: false);
            cell.Run(n % 1000 == 0 ? 0.1 : 0);
        }

        cell["node-1"].Ask("status");
        cell.Run(1);
        Assert.Contains("\"refused.claim.TooMany\"", cell["node-1"].LastAnswer, StringComparison.Ordinal);
        Assert.Contains(cell["node-1"].Log, l => l.Contains("Refused", StringComparison.Ordinal) && l.Contains("TooMany", StringComparison.Ordinal));
        cell.Operator.Apply("more", SimOperator.Service(6));
        Assert.True(cell.Within(10, () => cell.RunsOnce(26)), cell.Log());
    }

    [Fact]
    public void Tombstones_do_not_fill_the_list_of_workloads()
    {
        using var cell = new Cell(1, nodes: 1);
        DeleteMany(cell, NodeLimits.WorkloadsMax);
        cell.Operator.Apply("hello", SimOperator.Service(1));
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
    }

    [Fact]
    public void Tombstones_are_forgotten_when_they_are_old_and_stay_so()
    {
        using var cell = new Cell(1, nodes: 1);
        DeleteMany(cell, 300);
        Assert.Equal(300, cell["node-1"].Store.Load().Intents.Count);
        cell.Run(31.0 * 24 * 3600);
        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Run(10);
        // Seed 5778: as long as the broker keeps them something older may be kept there too, and nothing shows that this machine's clock is right.
        Assert.Equal(300, cell["node-1"].Store.Load().Intents.Count);
        foreach (var topic in cell.World.Broker.Retained.Keys.Where(t => t.Contains("/intent/", StringComparison.Ordinal)).ToList())
        {
            cell.World.Broker.Publish(topic, []);
        }

        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Run(10);
        Assert.Empty(cell["node-1"].Store.Load().Intents);
        cell["node-1"].Kill();
        cell["node-1"].Start();
        cell.Operator.Apply("hello", SimOperator.Service(1));
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
        Assert.Single(cell["node-1"].Store.Load().Intents);
    }

    [Fact]
    public void Of_more_tombstones_than_are_kept_the_newest_are()
    {
        using var cell = new Cell(1, nodes: 1);
        DeleteMany(cell, NodeLimits.TombstonesMax + 100);
        Assert.Contains(cell["node-1"].Log, l => l.Contains("TombstonesFull", StringComparison.Ordinal));
        for (var again = 0; again < 2; again++)
        {
            cell["node-1"].Kill();
            cell["node-1"].Start();
            cell.Run(10);
            var kept = cell["node-1"].Store.Load().Intents.Select(i => i.Workload.Value).ToHashSet();
            Assert.InRange(kept.Count, NodeLimits.TombstonesMax, NodeLimits.TombstonesMax + 1);
            Assert.DoesNotContain("job-0", kept);
            Assert.Contains($"job-{NodeLimits.TombstonesMax + 99}", kept);
        }
    }

    [Fact]
    public void A_full_disk_does_not_keep_a_restarted_agent_away()
    {
        using var cell = new Cell(1, nodes: 2);
        cell.Operator.Apply("hello", SimOperator.Service(6));
        Assert.True(cell.Within(3, () => cell.RunsOnce(6)));
        var starts = cell.Starts();
        for (var again = 0; again < 3; again++)
        {
            cell["node-1"].Kill();
            cell["node-1"].Store.IsFull = true;
            cell["node-1"].Start();
            cell.Run(30);
            Assert.Contains(cell["node-1"].Log.TakeLast(20), l => l.Contains(" Ready ", StringComparison.Ordinal));
            Assert.True(cell.RunsOnce(6) && cell.Starts() == starts, cell.Log());
        }

        // What it can't keep it doesn't take; what it is rid of it says.
        cell.Operator.Delete("hello");
        Assert.True(cell.Within(20, () => cell.RunsOnce(0)), cell.Log());
        cell.Operator.Apply("next", SimOperator.Service(4));
        Assert.True(cell.Within(20, () => cell.RunsOnce(4) && cell.Spread()[0] == 0), cell.Log());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_great_workload_is_read_in_steps_that_a_short_queue_takes(bool scaledUp)
    {
        const int Replicas = 300;
        const int QueueOfBroker = 400;
        using var cell = new Cell(1, nodes: 3);
        cell.Operator.Apply("great", Tiny(scaledUp ? 20 : Replicas));
        Assert.True(cell.Within(30, () => cell.RunsOnce(scaledUp ? 20 : Replicas)), cell.Log());
        var late = cell.World.Add("node-4");
        var (queued, lost, barriers) = (0, 0, 0);
        cell.World.Broker.Drops = (node, m) =>
        {
            // What is more than the queue takes between two barriers is lost.
            var isBarrier = m.Topic.Contains("/barrier/", StringComparison.Ordinal);
            queued = node == late && m.Retained ? queued + 1 : node == late && isBarrier ? 0 : queued;
            barriers += node == late && isBarrier ? 1 : 0;
            lost += queued > QueueOfBroker && !isBarrier ? 1 : 0;
            return queued > QueueOfBroker && !isBarrier;
        };
        var starts = cell.Starts();
        late.Start();
        cell.Run(10);
        if (scaledUp)
        {
            cell.Operator.Apply("great", Tiny(Replicas), workChanged: false);
            Assert.True(cell.Within(30, () => cell.RunsOnce(Replicas)), cell.Log());
            starts += Replicas - 20;
        }

        cell.Run(10);
        Assert.True(cell.RunsOnce(Replicas) && cell.Starts() == starts && lost == 0 && barriers >= (scaledUp ? 4 : 7), $"{lost} lost, {barriers} steps, {cell.Starts()} starts of {starts}\n{cell.Log()}");
        cell.Operator.Delete("great");
        Assert.True(cell.Within(10, () => cell.RunsOnce(0)), cell.Log());
    }

    private static WorkloadSpec Tiny(int replicas) => SimOperator.Service(replicas) with { Resources = new Resources(new(1), new(1 << 16), default, 0) };

    private static IEnumerable<Claim> Claims(Cell cell, string workload) => cell.World.Broker.Retained
        .Where(r => r.Key.Contains($"/{workload}/", StringComparison.Ordinal) && r.Key.Contains("/claim-", StringComparison.Ordinal))
        .Select(r => { _ = cell.World.Topics.TryParse(r.Key, out var t); _ = WordCodec.TryReadClaim(r.Value, new(t.Workload, t.Index), t.Node, out var c); return c; });

    private static void DeleteMany(Cell cell, int count)
    {
        for (var i = 0; i < count; i++)
        {
            cell.Operator.Bury($"job-{i}");
            cell.Run(i % 100 == 0 ? 0.05 : 0);
        }

        cell.Run(5);
    }
}
