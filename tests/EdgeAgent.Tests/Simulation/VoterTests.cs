using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation;
using Xunit;
using static EdgeAgent.Tests.Simulation.ExclusiveCell;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Exclusive work where no broker has the last word: what a majority of voters grants runs, and nothing else (docs/adr/0014).</summary>
[Trait("Category", "simulate")]
public sealed class VoterTests
{
    /// <summary>A node that votes has to have been there so long (docs/spec/exclusive.md).</summary>
    private static readonly double Forgotten = LeaseTerms.Of(Spec).Wait.TotalSeconds;

    private static readonly WorkloadSpec Voted = VotedBy("node-1", "node-2", "node-3");

    [Fact]
    public void It_is_placed_once_and_every_renewal_is_granted()
    {
        using var cell = Running(1, nodes: 4, Voted, Forgotten);
        Watch(cell, 60);
        Assert.Equal(1, cell.Starts());

        var holder = Holder(cell).Id;
        Assert.All(Voted.Voters, v =>
        {
            var promise = Assert.Single(cell[v.Value].Rules!.Promised);
            Assert.Equal((holder, true, false), (promise.Claim.Node, promise.Claim.IsStarted, promise.IsFree));
            Assert.True(cell[v.Value].Clock.Now - promise.HeardAt < LeaseTime, $"{v} was last asked at {promise.HeardAt}");
        });
        Assert.DoesNotContain(cell.World.Nodes.Values, n => !Voted.Voters.Contains(n.Id) && n.Rules!.Promised.Any());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_two_brokers_that_part_it_runs_behind_the_one_where_most_voters_are(ulong seed)
    {
        using var cell = Running(seed, nodes: 4, Voted, Forgotten);
        var holder = Holder(cell);
        var apart = Part(cell, n => n == holder);

        Assert.True(WatchUntil(cell, 120, () => !holder.Runtime.Alive.Any()), cell.Log());
        Assert.True(WatchUntil(cell, 120, () => cell.RunsOnce(1)), cell.Log());
        Watch(cell, 30);

        Heal(cell, apart);
        Watch(cell, 60);
        Assert.Equal(2, cell.Starts());
    }

    /// <summary>As behind a bridge that fell silent: no will is fired, and what the broker keeps of the holder stays.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_holder_of_whom_no_broker_says_that_it_is_gone_is_missed_by_its_voters(ulong seed)
    {
        using var cell = Running(seed, nodes: 5, Voted, Forgotten);
        var holder = Holder(cell);
        holder.Link.Willless++;
        var apart = Part(cell, n => n == holder);

        Assert.True(WatchUntil(cell, 120, () => !holder.Runtime.Alive.Any()), cell.Log());
        Assert.True(WatchUntil(cell, 120, () => cell.RunsOnce(1)), cell.Log());

        Heal(cell, apart);
        Watch(cell, 60);
        Assert.Equal(2, cell.Starts());
    }

    [Fact]
    public void A_holder_that_most_voters_hear_keeps_it_whatever_the_others_believe()
    {
        using var cell = Running(4, nodes: 4, Voted, Forgotten);
        var holder = Holder(cell);
        var voters = Voted.Voters.Select(v => cell[v.Value]).Where(n => n != holder).ToList();
        var apart = Part(cell, n => n != holder && n != voters[0] && (Voted.Voters.Contains(holder.Id) || n != voters[1]));

        Watch(cell, 120);
        Heal(cell, apart);
        Watch(cell, 60);
        Assert.Equal(1, cell.Starts());
    }

    [Fact]
    public void Without_a_majority_it_ends_and_runs_nowhere()
    {
        using var cell = Running(5, nodes: 4, VotedBy("node-1", "node-2", "node-3"), Forgotten);
        foreach (var voter in Voted.Voters.Select(v => cell[v.Value]).Where(n => n != Holder(cell)).Take(2).ToList())
        {
            voter.PowerOff();
        }

        Assert.True(WatchUntil(cell, 20, () => cell.Running().Count == 0), cell.Log());
        NeverTwo(cell, 60);
        Assert.Empty(cell.Running());
        Assert.Contains("1 of 3 voters have granted it", string.Join('\n', cell.World.Nodes.Values.Where(n => n.IsAlive).SelectMany(n => n.Rules!.ExplainSlots(Slot.Workload)).Select(s => s.Text)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_voter_that_forgot_whom_it_granted_it_grants_it_to_nobody_else(bool isDiskNew)
    {
        using var cell = Running(6, nodes: 5, Voted, Forgotten);
        var holder = Holder(cell);
        var voters = Voted.Voters.Select(v => cell[v.Value]).Where(n => n != holder).ToList();

        // Behind another broker one has waited long enough to take it, and lacks a second voter.
        var taker = cell.World.Nodes.Values.Last(n => n != holder && !voters.Contains(n));
        var apart = Part(cell, n => n == taker || n == voters[0]);
        NeverTwo(cell, Forgotten * 2);
        Assert.True(holder.Runtime.Alive.Any(), cell.Log());

        // It comes from where the holder counts on it, and knows nothing of that.
        apart.Add(voters[1]);
        voters[1].Kill();
        voters[1].Find(taker.Broker);
        voters[1].Start(isDiskNew ? new SimStore() : null);
        NeverTwo(cell, Forgotten * 3);
        Assert.True(taker.Runtime.Alive.Any() || voters.Any(v => v.Runtime.Alive.Any()), cell.Log());

        Heal(cell, apart);
        Watch(cell, 60);
    }

    [Fact]
    public void Seed_5778_voters_that_know_nothing_of_the_work_are_not_asked_without_end()
    {
        using var cell = new Cell(5, nodes: 4);
        cell.Run(Forgotten);
        foreach (var voter in Voted.Voters)
        {
            cell[voter.Value].Kill();
        }

        // Whoever votes comes back after the deletion, and the candidate knows it only as it was before.
        var wanted = cell.Operator.Apply(Name, Voted);
        cell.Run(1);
        cell["node-4"].Cut();
        cell.World.Broker.Publish(cell.World.Topics.Intent(wanted.Workload), []);
        foreach (var voter in Voted.Voters)
        {
            cell[voter.Value].Start();
        }

        cell.Run(Forgotten);
        cell.World.Broker.Drops = (to, message) => to.Name != "node-4" && message.Topic.Contains("/copy/", StringComparison.Ordinal);
        cell["node-4"].Heal();
        cell.Run(30);
        var bids = cell.World.Broker.Published.Count(t => t.Contains("/claim-", StringComparison.Ordinal) && t.EndsWith("/node-4", StringComparison.Ordinal));
        Assert.InRange(bids, 1, 60);
    }

    [Fact]
    public void Its_voters_stay_as_long_as_it_lives()
    {
        using var cell = Running(7, nodes: 4, Voted, Forgotten);
        cell.Operator.Apply(Name, VotedBy("node-2", "node-3", "node-4"));
        cell.Run(5);

        Assert.All(cell.World.Nodes.Values, n => Assert.Equal(Voted.Voters, n.Rules!.IntentOf(Slot.Workload)!.Spec!.Voters));
        Assert.Contains("IntentRefused", cell.Log(), StringComparison.Ordinal);
    }

    private static WorkloadSpec VotedBy(params string[] voters) => Spec with { Voters = [.. voters.Select(NodeId.Parse)] };

    /// <summary>These find another broker, with a copy of the store that goes its own way from here on.</summary>
    private static List<SimNode> Part(Cell cell, Func<SimNode, bool> moves)
    {
        var other = new SimBroker(cell.World) { KeepsPublished = false };
        other.Start(store: cell.World.Broker.Snapshot());
        var moved = cell.World.Nodes.Values.Where(moves).ToList();
        moved.ForEach(n => n.Find(other));
        return moved;
    }

    private static void Heal(Cell cell, List<SimNode> moved) => moved.ForEach(n => n.Find(cell.World.Broker));
}
