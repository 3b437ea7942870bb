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
    [InlineData(FleetKind.Mosquitto, false, false)]
    [InlineData(FleetKind.Mosquitto, true, false)]
    [InlineData(FleetKind.Mosquitto, false, true)]
    [InlineData(FleetKind.Mosquitto, true, true)]
    [InlineData(FleetKind.Embedded, false, false)]
    [InlineData(FleetKind.Embedded, true, false)]
    [InlineData(FleetKind.Embedded, false, true)]
    [InlineData(FleetKind.Embedded, true, true)]
    [InlineData(FleetKind.Containers, false, false)]
    [InlineData(FleetKind.Containers, true, true)]
    public async Task Nothing_stops_and_nothing_moves(FleetKind kind, bool kill, bool empty)
    {
        await using var fleet = await WorkingAsync(await Fleet.StartAsync(kind, Nodes, keep: true));
        var before = fleet.Stamps.All();

        await fleet.StopBrokerAsync(kill);
        await Eventually.StaysFor(Outage, () => Task.FromResult(Changed(fleet, before)));
        await fleet.StartBrokerAsync(empty);
        await fleet.OnlineAsync(Nodes);
        await fleet.RunningAsync("hello", Replicas, RecoveredWithin);
        Assert.Null(Changed(fleet, before));

        (await fleet.ApplyAsync(Manifest.Of("later", Nodes, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas + Nodes, PlacedWithin);
    }

    [Theory]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Containers)]
    public async Task A_broker_killed_while_work_changes_loses_none_of_it(FleetKind kind)
    {
        await using var fleet = await WorkingAsync(await Fleet.StartAsync(kind, Nodes, keep: true));
        (await fleet.ApplyAsync(Manifest.Of("ending", Nodes, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        Task[] changes = [fleet.ApplyAsync(Manifest.Of("changing", Replicas, fleet.Stamps)), fleet.AskAsync("scale", "hello", $"--replicas={Replicas + 1}"), fleet.AskAsync("delete", "ending")];
        await fleet.StopBrokerAsync(kill: true);
        await Task.WhenAll(changes);
        await fleet.StartBrokerAsync(empty: false);
        await fleet.OnlineAsync(Nodes);

        // Which of them the broker had kept nobody knows; said again, they are all done, and no process is left of what came between.
        (await fleet.ApplyAsync(Manifest.Of("changing", Replicas, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        (await fleet.AskAsync("scale", "hello", $"--replicas={Replicas + 1}", "--wait", "--timeout", "60s")).Succeeded();

        // A broker that has forgotten all of it knows no such workload until it hears of the deletion again, from who keeps a copy.
        await Eventually.Is(() => fleet.AskAsync("delete", "ending", "--wait", "--timeout", "60s"), d => d.ExitCode == 0, RecoveredWithin, d => d.Errors, "the deletion known to the broker");
        await fleet.Stamps.LiveAsync(Replicas + Replicas + 1, RecoveredWithin);
    }

    [Theory]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Containers)]
    public async Task What_was_deleted_does_not_come_back_from_an_empty_store(FleetKind kind)
    {
        await using var fleet = await WorkingAsync(await Fleet.StartAsync(kind, Nodes, keep: true));
        (await fleet.AskAsync("delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
        await fleet.StopBrokerAsync(kill: true);
        await fleet.StartBrokerAsync(empty: true);
        await fleet.OnlineAsync(Nodes);
        await Eventually.StaysFor(Outage, () => Task.FromResult(fleet.Stamps.Living().Count == 0 ? null : "deleted work runs again"));
    }

    // Not on the embedded one: to start that again is to start the dead agent too.
    [Theory]
    [InlineData(FleetKind.Mosquitto)]
    [InlineData(FleetKind.Containers)]
    public async Task A_node_that_dies_while_the_broker_is_down_is_noticed_after_it(FleetKind kind)
    {
        await using var fleet = await WorkingAsync(await Fleet.StartAsync(kind, Nodes));
        await fleet.StopBrokerAsync(kill: true);
        await fleet.KillAgentAsync(fleet.Nodes[0]);
        await fleet.StartBrokerAsync(empty: false);
        await fleet.RunningAsync("hello", Replicas, RecoveredWithin, s => s.Node != fleet.Nodes[0]);
    }

    [Fact]
    public async Task Behind_a_cut_cable_work_goes_on_and_what_was_applied_meanwhile_is_placed_after_it()
    {
        await using var fleet = await WorkingAsync(await ProcessFleet.StartAsync(FleetKind.Mosquitto, Nodes, keep: true, "[Broker]\nKeepAlive=2s\n"));
        var before = fleet.Stamps.All();
        await fleet.HangMosquittoAsync();
        await Eventually.StaysFor(2 * Outage, () => Task.FromResult(Changed(fleet, before)));
        var status = (await fleet.AgentAsync("node-1", "status")).Succeeded().Output;
        Assert.DoesNotContain("ready", status, StringComparison.OrdinalIgnoreCase);
        await fleet.ResumeMosquittoAsync();
        await fleet.OnlineAsync(Nodes);
        await fleet.RunningAsync("hello", Replicas, RecoveredWithin);
        Assert.Null(Changed(fleet, before));
        (await fleet.ApplyAsync(Manifest.Of("later", Nodes, fleet.Stamps), "--wait", "--timeout", "60s")).Succeeded();
        await fleet.Stamps.LiveAsync(Replicas + Nodes, PlacedWithin);
    }

    private static async Task<T> WorkingAsync<T>(T fleet)
        where T : Fleet
    {
        (await fleet.ApplyAsync(Manifest.Of("hello", Replicas, fleet.Stamps), "--wait", "--timeout", "30s")).Succeeded();
        await fleet.RunningAsync("hello", Replicas, PlacedWithin);

        // A slot runs from its process's start on; the process's own first line comes a moment later.
        await fleet.Stamps.LiveAsync(Replicas, PlacedWithin);
        return fleet;
    }

    private static string? Changed(Fleet fleet, IReadOnlyList<Stamp> before) =>
        fleet.Stamps.All().SequenceEqual(before) && fleet.Stamps.Living().Count == Replicas
            ? null
            : $"{fleet.Stamps.Living().Count} processes; new stamps: {string.Join("; ", fleet.Stamps.All().Skip(before.Count))}";
}
