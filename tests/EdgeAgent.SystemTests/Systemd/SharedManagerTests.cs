using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Three agents on one system manager: each knows its own units, and none touches another's or an operator's.</summary>
public sealed class SharedManagerTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int Replicas = 9;
    private static readonly string[] Nodes = ["left", "middle", "right"];
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    private const string Work = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: hello}
        spec:
          replicas: 9
          lostAfter: 2s
          run: {exec: {command: [/bin/sleep, "1000"]}}
          resources: {cpu: 1m, memory: 1Mi}
          stop: {timeout: 2s}
        """;

    [Fact]
    public async Task Each_runs_its_own_and_what_a_dead_one_left_is_left_to_it()
    {
        await using var fleet = await lab.BrokerAsync();
        foreach (var node in Nodes)
        {
            (await lab.RunAsync("systemd-run", $"--unit=agent-{node}", "-p", "KillMode=process", lab.EdgeAgent, "run", "--config", fleet.ConfigureOn("systemd", node))).Succeeded();
        }

        await Eventually.Is(async () => (await SystemdLab.CtlAsync(fleet, "", "get", "nodes")).Output, o => Nodes.All(n => o.Contains($"{n} ", StringComparison.Ordinal)), Soon, o => o, "three nodes");

        // By hand, and named as work is: by its name alone nobody may take it for his own.
        const string Foreign = "edge-default_left_hello_77.service";
        (await lab.RunAsync("systemd-run", $"--unit={Foreign}", "--slice=edge.slice", "/bin/sleep", "1000")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, Work, "apply", "-f", "-", "--wait", "--timeout", "60s")).Succeeded();
        var units = await AllAsync();
        Assert.Equal(Replicas, units.Count(u => u != Foreign));
        Assert.All(Nodes, n => Assert.Contains(units, u => u != Foreign && u.StartsWith($"edge-default_{n}_", StringComparison.Ordinal)));

        // Its work is its own also when it is dead: the others start theirs beside it, and it ends it when it is back.
        var left = units.Where(u => u.StartsWith("edge-default_left_", StringComparison.Ordinal)).ToList();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-left")).Succeeded();
        await Eventually.Is(
            AllAsync, a => a.Count(u => !u.StartsWith("edge-default_left_", StringComparison.Ordinal)) == Replicas, Soon, a => string.Join(", ", a), "all slots with the two others");
        Assert.Superset(left.ToHashSet(), (await AllAsync()).ToHashSet());
        (await lab.RunAsync("systemctl", "reset-failed", "agent-left")).Succeeded();
        (await lab.RunAsync("systemd-run", "--unit=agent-left-again", "-p", "KillMode=process", lab.EdgeAgent, "run", "--config", Path.Combine(fleet.Root, "left", "agent.conf"))).Succeeded();
        await Eventually.Is(AllAsync, a => a.Count(u => u != Foreign) == Replicas, Soon, a => string.Join(", ", a), "each slot once");

        (await SystemdLab.CtlAsync(fleet, "", "delete", "hello", "--wait", "--timeout", "60s")).Succeeded();
        Assert.Equal([Foreign], await AllAsync());
        Assert.Equal("active", (await lab.ShowAsync(Foreign, "ActiveState"))["ActiveState"]);
        foreach (var unit in new[] { "agent-left-again", "agent-middle", "agent-right", Foreign })
        {
            (await lab.RunAsync("systemctl", "stop", unit)).Succeeded();
        }
    }

    private async Task<IReadOnlyList<string>> AllAsync() =>
        [.. (await lab.RunAsync("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "edge-default_*")).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])];
}
