using EdgeAgent.Core.Fleet;
using EdgeAgent.Node;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Simulation;
using Xunit;

namespace EdgeAgent.Tests.Simulation;

/// <summary>A machine that an operator restarts: what the cell is told, and when.</summary>
[Trait("Category", "simulate")]
public sealed class RebootTests
{
    [Fact]
    public void It_is_tried_told_to_the_cell_and_then_done_and_the_goodbye_says_it_too()
    {
        using var cell = new Cell(1, nodes: 3);
        cell.Operator.Apply("hello", SimOperator.Service(6));
        Assert.True(cell.Within(2, () => cell.RunsOnce(6)), cell.Log());
        var node = cell["node-2"];
        var stateAtAsking = new List<PresenceState>();
        cell.Operator.Command("node-2", "reboot");
        Assert.True(cell.Within(2, () => node.Power.Count == 2 && Remember()), cell.Log());
        Assert.Equal([true, false], node.Power.Select(p => p.IsTrial));
        Assert.Equal([PresenceState.Restarting], stateAtAsking);

        Assert.True(cell.Within(2, () => !node.IsAlive), cell.Log());
        node.Runtime.EndAll();
        var said = PresenceOf(cell, "node-2");
        Assert.Equal(PresenceState.Restarting, said.State);
        Assert.Equal(NodeLimits.RestartMax.TotalSeconds, (said.RestartingUntil!.Value - cell.World.Clock.GetUtcNow()).TotalSeconds, tolerance: 1);

        // Off is off: its work moves after its lostAfter.
        Assert.True(cell.Within(6, () => cell.RunsOnce(6)), cell.Log());
        node.Start();
        Assert.True(cell.Within(5, () => PresenceOf(cell, "node-2").State == PresenceState.Online), cell.Log());
        Assert.True(cell.RunsOnce(6), cell.Log());

        bool Remember()
        {
            stateAtAsking.Add(PresenceOf(cell, "node-2").State);
            return true;
        }
    }

    [Fact]
    public void One_that_is_refused_at_the_trial_is_told_to_nobody_else()
    {
        using var cell = new Cell(2, nodes: 2);
        cell["node-1"].RefusesReboot = true;
        var before = cell.World.Broker.Published.Count(IsPresence);
        cell.Operator.Command("node-1", "reboot");
        Assert.True(cell.Within(2, () => cell.World.Broker.Published.Any(t => t.Contains("/reply/", StringComparison.Ordinal))), cell.Log());
        Assert.Equal(before, cell.World.Broker.Published.Count(IsPresence));
        Assert.Single(cell["node-1"].Power);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_is_not_done_after_all_is_taken_back_and_told_as_an_event(bool isStuck)
    {
        using var cell = new Cell(3, nodes: 2);
        (cell["node-1"].RefusesReboot, cell["node-1"].IsStuck) = (isStuck ? null : false, isStuck);
        cell.Operator.Command("node-1", "reboot");
        Assert.True(cell.Within(2, () => cell["node-1"].Power.Count == 2), cell.Log());
        Assert.True(cell.Within(isStuck ? NodeLimits.RestartMax.TotalSeconds + 1 : 1, () => PresenceOf(cell, "node-1").State == PresenceState.Online), cell.Log());
        Assert.Contains(cell["node-1"].Log, l => l.Contains("NotRestarted", StringComparison.Ordinal));
        Assert.True(cell.Within(1, () => cell.World.Broker.Published.Any(t => t.EndsWith("/event/node-1", StringComparison.Ordinal))), cell.Log());

        // And it can be asked again.
        (cell["node-1"].RefusesReboot, cell["node-1"].IsStuck) = (null, false);
        cell.Operator.Command("node-1", "reboot");
        Assert.True(cell.Within(2, () => !cell["node-1"].IsAlive), cell.Log());
    }

    [Fact]
    public void A_shutdown_that_ends_with_the_machine_up_again_says_so_whoever_asked_for_it()
    {
        using var cell = new Cell(4, nodes: 2);
        cell["node-1"].Stop(isRestart: true);
        Assert.True(cell.Within(2, () => !cell["node-1"].IsAlive), cell.Log());
        Assert.Equal(PresenceState.Restarting, PresenceOf(cell, "node-1").State);
        cell["node-2"].Stop();
        Assert.True(cell.Within(2, () => !cell["node-2"].IsAlive), cell.Log());
        Assert.Equal(PresenceState.Offline, PresenceOf(cell, "node-2").State);
    }

    [Fact]
    public void What_is_being_changed_is_known_while_it_is_and_not_after_it()
    {
        using var cell = new Cell(5, nodes: 1);
        cell["node-1"].Runtime.StartLatency = TimeSpan.FromSeconds(1);
        cell["node-1"].Runtime.StopLatency = TimeSpan.FromSeconds(1);
        cell.Operator.Apply("hello", SimOperator.Service(2));
        Assert.True(cell.Within(2, () => cell["node-1"].State.Changing == "work is being started: hello/0, hello/1"), cell.Log());
        Assert.True(cell.Within(2, () => cell.RunsOnce(2) && cell["node-1"].State.Changing.Length == 0), cell.Log());
        cell.Operator.Apply("hello", SimOperator.Service(1), workChanged: false);
        Assert.True(cell.Within(2, () => cell["node-1"].State.Changing == "work is being stopped: hello/1"), cell.Log());
        Assert.True(cell.Within(2, () => cell["node-1"].State.Changing.Length == 0), cell.Log());
        var same = cell["node-1"].State.Changing;
        cell.Run(1);
        Assert.Same(same, cell["node-1"].State.Changing);
    }

    private static bool IsPresence(string topic) => topic.Contains("/presence/", StringComparison.Ordinal);

    private static Presence PresenceOf(Cell cell, string node)
    {
        var name = NodeId.Parse(node);
        Assert.False(WordCodec.TryReadPresence(cell.World.Broker.Retained[cell.World.Topics.Presence(name)], name, out var presence).IsError);
        return presence;
    }
}
