using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Brokers;

/// <summary>No port is open that nobody asked for: the broker's one on loopback, and none of an agent.</summary>
public sealed class ListenerTests
{
    [Theory]
    [InlineData(FleetKind.Embedded)]
    [InlineData(FleetKind.Mosquitto)]
    public async Task One_port_is_open_on_loopback_and_agents_open_none(FleetKind kind)
    {
        await using var fleet = await ProcessFleet.StartAsync(kind, nodes: 1);
        var sockets = (await Command.RunAsync("/usr/bin/ss", ["-H", "-tulnp"], new Dictionary<string, string>())).Succeeded().Output.Split('\n');
        Assert.Equal([$"127.0.0.1:{fleet.Port}"], Addresses(sockets, fleet.BrokerPid));
        Assert.Empty(Addresses(sockets, fleet.AgentPid("node-1")));
    }

    private static IEnumerable<string> Addresses(IEnumerable<string> sockets, int pid) =>
        sockets.Where(s => s.Contains($"pid={pid},", StringComparison.Ordinal)).Select(s => s.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4]);
}
