using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>While work is being changed a shutdown waits, and no longer.</summary>
public sealed class InhibitorTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const string Stubborn = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: stubborn}
        spec:
          run: {exec: {command: [/bin/sh, -c, "trap '' TERM; while :; do sleep 1; done"]}}
          stop: {timeout: 4s}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_long_stop_holds_off_a_shutdown_until_it_is_through_and_an_idle_agent_holds_nothing()
    {
        await using var fleet = await lab.StartAsync("holder");
        (await SystemdLab.CtlAsync(fleet, Stubborn, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();
        await ListedAsync(l => !l.Contains("edgeagent", StringComparison.Ordinal), "no lock of the agent's");

        (await SystemdLab.CtlAsync(fleet, "", "delete", "stubborn")).Succeeded();
        var held = await ListedAsync(l => l.Contains("edgeagent", StringComparison.Ordinal), "the agent's lock");
        var line = held.Split('\n').Single(l => l.StartsWith("edgeagent", StringComparison.Ordinal));
        Assert.Contains("shutdown:sleep work is being stopped: stubborn/0", string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.EndsWith(" delay", line.TrimEnd(), StringComparison.Ordinal);
        Assert.NotEmpty(await lab.UnitsAsync("holder"));

        await ListedAsync(l => !l.Contains("edgeagent", StringComparison.Ordinal), "the lock gone");
        Assert.Empty(await lab.UnitsAsync("holder"));
        (await lab.RunAsync("systemctl", "stop", "agent-holder")).Succeeded();
    }

    private Task<string> ListedAsync(Func<string, bool> holds, string what) =>
        Eventually.Is(async () => (await lab.RunAsync("systemd-inhibit", "--list", "--no-pager")).Succeeded().Output, holds, Soon, l => l, what);
}
