using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Placement;
using Xunit;

namespace EdgeAgent.SystemTests.Brokers;

/// <summary>Whatever becomes of the broker, what runs goes on, nothing moves, and placement works again afterwards.</summary>
public sealed class BrokerOutageTests
{
    private const int Nodes = 3;
    private const int Replicas = 6;
    private static readonly TimeSpan PlacedWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RecoveredWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Nothing_stops_and_nothing_moves(bool kill, bool empty)
    {
        await using var fleet = await StartAsync();
        var before = fleet.Stamps.All();

        await fleet.StopMosquittoAsync(kill);
        await Eventually.StaysFor(Outage, () => Task.FromResult(Changed(fleet, before)));
        await fleet.StartMosquittoAsync(empty);
        await fleet.OnlineAsync(Nodes);
        await fleet.RunningAsync("hello", Replicas, RecoveredWithin);
        Assert.Null(Changed(fleet, before));

        (await fleet.ApplyAsync(Manifest.Of("later", Nodes, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas + Nodes, PlacedWithin);
    }

    [Fact]
    public async Task A_broker_killed_while_work_changes_loses_none_of_it()
    {
        await using var fleet = await StartAsync();
        var applying = fleet.ApplyAsync(Manifest.Of("changing", Replicas, fleet.Stamps));
        await fleet.StopMosquittoAsync(kill: true);
        await applying;
        await fleet.StartMosquittoAsync(empty: false);
        await fleet.OnlineAsync(Nodes);

        (await fleet.ApplyAsync(Manifest.Of("changing", Replicas, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.Stamps.LiveAsync(2 * Replicas, RecoveredWithin);
    }

    [Fact]
    public async Task What_was_deleted_does_not_come_back_from_an_empty_store()
    {
        await using var fleet = await StartAsync();
        (await fleet.AskAsync("delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
        await fleet.StopMosquittoAsync(kill: true);
        await fleet.StartMosquittoAsync(empty: true);
        await fleet.OnlineAsync(Nodes);
        await Eventually.StaysFor(Outage, () => Task.FromResult(fleet.Stamps.Living().Count == 0 ? null : "deleted work runs again"));
    }

    [Fact]
    public async Task A_node_that_dies_while_the_broker_is_down_is_noticed_after_it()
    {
        await using var fleet = await StartAsync();
        await fleet.StopMosquittoAsync(kill: true);
        fleet.KillAgent(1);
        await fleet.StartMosquittoAsync(empty: false);
        await fleet.RunningAsync("hello", Replicas, RecoveredWithin, s => s.Node != "node-1");
    }

    private static async Task<Fleet> StartAsync()
    {
        var fleet = await Fleet.StartAsync(BrokerKind.Mosquitto, Nodes);
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.RunningAsync("hello", Replicas, PlacedWithin);
        return fleet;
    }

    private static string? Changed(Fleet fleet, IReadOnlyList<Stamp> before) =>
        fleet.Stamps.All().SequenceEqual(before) && fleet.Stamps.Living().Count == Replicas
            ? null
            : $"{fleet.Stamps.Living().Count} processes; new stamps: {string.Join("; ", fleet.Stamps.All().Skip(before.Count))}";
}
