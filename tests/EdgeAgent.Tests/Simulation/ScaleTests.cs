using EdgeAgent.Simulation.Scale;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>The short form of ./build.sh bench scale: what a placement may cost, whatever the machine.</summary>
[Trait("Category", "simulate")]
public sealed class ScaleTests
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterRunning = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void A_placement_costs_four_messages_and_is_heard_by_its_cohort_alone(int nodes)
    {
        using var cell = new ScaleCell(nodes, seed: 7);
        cell.BringUp();
        var single = new Cost(cell);
        for (var i = 0; i < 10; i++)
        {
            cell.Place($"single-{i}", ScaleCell.Service(1), AtMost);
            cell.World.Run(AfterRunning);
        }

        Assert.True(single.Published(slots: 10) <= Cost.MessagesMost, single.Kinds(10));
        Assert.InRange(single.Delivered(slots: 10), 1, single.DeliveredMost(replicas: 1));

        // Where more slots wait than bids may be open, each node has an order of its own (docs/adr/0013).
        var slots = nodes * 10;
        var many = new Cost(cell);
        cell.Place("many", ScaleCell.Service(slots), AtMost);
        cell.World.Run(AfterRunning);
        Assert.True(many.Published(slots) <= Cost.MessagesMost, many.Kinds(slots));
        Assert.Equal(0, cell.Watch.Twice);
    }
}
