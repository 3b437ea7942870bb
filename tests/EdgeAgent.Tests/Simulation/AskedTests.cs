using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>Nobody's silence counts who had no reason to speak: a holder of whom only kept words are known is asked, whenever it begins to matter.</summary>
[Trait("Category", "simulate")]
public sealed class AskedTests
{
    [Fact]
    public void Seed_1912_a_holder_of_a_slot_that_is_wanted_only_later_is_asked_before_its_silence_counts()
    {
        using var cell = new Cell(1912, nodes: 4);
        cell.Operator.Apply("web", SimOperator.Service(3));
        Assert.True(cell.Within(10, () => cell.RunsOnce(3)), cell.Log());
        var newcomer = cell.World.Nodes.Values.Single(n => !n.Runtime.Alive.Any());
        var fewer = cell.Operator.Apply("web", SimOperator.Service(2), workChanged: false);
        Assert.True(cell.Within(10, () => cell.RunsOnce(2)), cell.Log());
        newcomer.Cut();
        cell.Operator.Apply("web", SimOperator.Service(3), workChanged: false);
        Assert.True(cell.Within(10, () => cell.RunsOnce(3)), cell.Log());

        // The store was set back: who was away reads that there are two, and learns of the third when the operator says it again.
        cell.World.Broker.Publish(cell.World.Topics.Intent(fewer.Workload), fewer.Signed.ToArray());
        newcomer.Heal();
        cell.Run(10);
        cell.Operator.Repeat(fewer.Workload);
        cell.Run(20);

        Assert.True(cell.RunsOnce(3), cell.Log());
        Assert.DoesNotContain(cell.Words(), w => w.Node == newcomer.Id && w.Epoch.Value > 1 && w.Phase is not ClaimPhase.Seen);
    }

    [Fact]
    public void Seed_2894_a_bid_of_one_who_died_does_not_hide_whom_to_ask()
    {
        using var cell = new Cell(2894, nodes: 3);
        cell.Operator.Apply("web", SimOperator.Service(1));
        Assert.True(cell.Within(10, () => cell.RunsOnce(1)), cell.Log());
        var holder = cell.World.Nodes.Values.Single(n => n.Runtime.Alive.Any());
        var others = cell.World.Nodes.Values.Where(n => n != holder).ToList();
        var (died, newcomer) = (others[0], others[1]);
        died.Kill();
        newcomer.Kill();
        cell.Run(2);
        var held = cell.Words().Single(w => w.Phase == ClaimPhase.Running);
        var bid = held with { Node = died.Id, Epoch = held.Epoch.Next, Phase = ClaimPhase.Bid, Order = new WordOrder(2, 4000), Pid = 0 };
        cell.World.Broker.Publish(cell.World.Topics.Claim(bid.Slot, bid.Node), WordCodec.Write(bid));
        cell.Run(1);
        newcomer.Start();
        cell.Run(20);

        Assert.Equal(held.Node, cell.World.Nodes.Values.Single(n => n.Runtime.Alive.Any()).Id);
        Assert.DoesNotContain(cell.Words(), w => w.Node == newcomer.Id && w.Phase is not ClaimPhase.Seen);
    }
}
