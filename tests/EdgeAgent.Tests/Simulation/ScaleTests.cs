using EdgeAgent.Simulation.Scale;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>The short form of ./build.sh bench scale: what a placement, a quiet hour and a restart may cost, in simulated time and so whatever the machine.</summary>
[Trait("Category", "simulate")]
public sealed class ScaleTests
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterRunning = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RestartMost = TimeSpan.FromSeconds(15);

    /// <summary>Within it every node reads again what may have been lost on its way.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMinutes(20);

    private const double QuietBytesMost = 20;
    private const int SlotsAtOnce = 1000;

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void A_placement_costs_four_messages_and_is_heard_by_its_cohort_alone(int nodes)
    {
        using var cell = new ScaleCell(nodes, seed: 7);
        cell.BringUp();
        var single = new Cost(cell);
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 10; i++)
        {
            waits.Add(cell.Place($"single-{i}", ScaleCell.Service(1), AtMost));
            cell.World.Run(AfterRunning);
        }

        Assert.InRange(waits.Order().ElementAt(8), TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
        Assert.True(single.Published(slots: 10) <= Cost.MessagesMost, single.Kinds(10));
        Assert.InRange(single.Delivered(slots: 10), 1, single.DeliveredMost(replicas: 1));

        // Where more slots wait than bids may be open, each node has an order of its own (docs/adr/0013).
        cell.ComeToRest();
        var slots = nodes * 10;
        var many = new Cost(cell);
        cell.Place("many", ScaleCell.Service(slots), AtMost);
        cell.World.Run(AfterRunning);
        Assert.True(many.Published(slots) <= Cost.MessagesMost, many.Kinds(slots));
        Assert.Equal(0, cell.Watch.Twice);
    }

    [Fact]
    public void A_quiet_cell_stays_below_twenty_bytes_a_second_and_node()
    {
        using var cell = Up(nodes: 500, slots: 300);
        var cost = new Cost(cell);
        cell.World.Run(QuietTime);

        var bytes = (cost.Said(withOwn: true).DeliveredBytes + cost.Read.DeliveredBytes) / cell.Nodes.Count / QuietTime.TotalSeconds;
        Assert.InRange(bytes, double.Epsilon, QuietBytesMost);
    }

    [Fact]
    public void A_broker_that_was_killed_is_read_within_fifteen_seconds_and_nothing_moves()
    {
        using var cell = Up(nodes: 200, slots: 1000);
        var moves = cell.Watch.Starts + cell.Watch.Stops;
        var took = cell.RestartBroker(AtMost);

        Assert.True(took <= RestartMost, $"{took}");
        Assert.All(cell.Nodes, n => Assert.Equal(cell.Nodes.Count - 1, n.Rules!.Members.Known.Count()));
        cell.World.Run(cell.World.ReconnectWindow * 3);
        Assert.Equal(moves, cell.Watch.Starts + cell.Watch.Stops);
    }

    /// <summary>Where all reconnect at once as often as the window lets them, the broker must not be so far behind that somebody looks gone.</summary>
    [Fact]
    public void A_thousand_nodes_come_back_to_a_restarted_broker_within_a_minute_and_nothing_moves()
    {
        using var cell = Up(nodes: 1000, slots: 5000);
        var moves = cell.Watch.Starts + cell.Watch.Stops;
        var took = cell.RestartBroker(AtMost * 2);

        Assert.True(took <= AtMost, $"{took}");
        cell.World.Run(cell.World.ReconnectWindow * 2);
        Assert.Equal(moves, cell.Watch.Starts + cell.Watch.Stops);
    }

    private static ScaleCell Up(int nodes, int slots)
    {
        var cell = new ScaleCell(nodes, seed: 7);
        cell.BringUp();
        for (var left = slots; left > 0; left -= SlotsAtOnce)
        {
            cell.Place($"many-{left}", ScaleCell.Service(Math.Min(left, SlotsAtOnce)), AtMost);
        }

        cell.World.Run(cell.World.ReconnectWindow);
        return cell;
    }
}
