using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>What work keeps in its folder stays with its slot on its node, and goes with the workload (docs/spec/security.md).</summary>
public sealed class StateFolderTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>What a link leads to is nobody's to remove.</summary>
    private const string Canary = "/var/tmp/edge-canary";

    /// <summary>Counts its starts where it stays; a link of its own making leads to a folder outside.</summary>
    private const string Count = """
        echo x >> $STATE_DIRECTORY/starts; ln -sfn CANARY $STATE_DIRECTORY/link; mkdir -p $STATE_DIRECTORY/deep/er; echo "started $(wc -l < $STATE_DIRECTORY/starts) times as generation $EDGE_GENERATION"; exec sleep 1000
        """;

    [Theory]
    [InlineData("", "private/")]
    [InlineData("security: {sandbox: relaxed}", "")]
    public async Task It_outlives_process_generation_and_agent_and_is_removed_with_the_workload(string more, string place)
    {
        var node = $"state{place.Length}";
        await using var fleet = await lab.StartAsync(node);
        (await lab.RunAsync("sh", "-c", $"mkdir -p {Canary} && chmod 0777 {Canary} && touch {Canary}/sings")).Succeeded();
        (await ApplyAsync(fleet, "first", more)).Succeeded();
        await SaysAsync(fleet, "started 1 times as generation 1");
        (await ApplyAsync(fleet, "second", more)).Succeeded();
        await SaysAsync(fleet, "started 2 times as generation 2");
        Assert.Equal("2", (await FoldersAsync(node, place, "wc -l")).Split(' ')[0]);

        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", $"agent-{node}")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "rollout", "restart", "counts", "--wait", "--timeout", "40s")).Succeeded();
        await SaysAsync(fleet, "started 3 times as generation 3");
        Assert.Contains("a folder that stays", (await SystemdLab.CtlAsync(fleet, "", "describe", "workload", "counts")).Output, StringComparison.Ordinal);

        (await SystemdLab.CtlAsync(fleet, "", "delete", "counts", "--wait", "--timeout", "30s")).Succeeded();
        await Eventually.Is(() => LeftAsync(node), l => l.Length == 0, Soon, l => l, "nothing of it is left");
        (await lab.RunAsync("test", "-e", $"{Canary}/sings")).Succeeded();

        // A later one of that name begins with nothing.
        (await ApplyAsync(fleet, "anew", more)).Succeeded();
        await SaysAsync(fleet, "started 1 times as generation 1");
        (await SystemdLab.CtlAsync(fleet, "", "delete", "counts", "--wait", "--timeout", "30s")).Succeeded();
    }

    [Fact]
    public async Task What_was_deleted_while_the_agent_was_dead_is_removed_when_it_is_back()
    {
        await using var fleet = await lab.StartAsync("late");
        (await ApplyAsync(fleet, "first", "")).Succeeded();
        await SaysAsync(fleet, "started 1 times as generation 1");
        Assert.Contains("counts.0.", await LeftAsync("late"), StringComparison.Ordinal);
        (await lab.RunAsync("systemctl", "kill", "-s", "STOP", "agent-late")).Succeeded();
        (await SystemdLab.CtlAsync(fleet, "", "delete", "counts")).Succeeded();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-late")).Succeeded();
        await Eventually.Is(() => LeftAsync("late"), l => l.Length == 0, Soon, l => l, "nothing of it is left");
    }

    /// <summary>A mount in it keeps a folder from being removed; when it is gone, the agent's next start finds what is left.</summary>
    [Fact]
    public async Task What_cannot_be_removed_is_told_of_and_removed_at_the_next_start()
    {
        await using var fleet = await lab.StartAsync("stuck");
        (await ApplyAsync(fleet, "first", "security: {sandbox: relaxed}")).Succeeded();
        await SaysAsync(fleet, "started 1 times as generation 1");
        (await lab.RunAsync("sh", "-c", "mount -t tmpfs none /var/lib/edge-work-default_stuck/counts.0.*/deep")).Succeeded();
        var events = SystemdLab.CtlAsync(fleet, "", "events", "--for", "6s", "-o", "json");
        (await SystemdLab.CtlAsync(fleet, "", "delete", "counts", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Contains("LeftBehind", (await events).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("counts.0.", await LeftAsync("stuck"), StringComparison.Ordinal);

        (await lab.RunAsync("sh", "-c", "umount /var/lib/edge-work-default_stuck/counts.0.*/deep")).Succeeded();
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-stuck")).Succeeded();
        await Eventually.Is(() => LeftAsync("stuck"), l => l.Length == 0, Soon, l => l, "nothing of it is left");
    }

    private static Task<CommandResult> ApplyAsync(GuardedBroker fleet, string version, string more) => SystemdLab.CtlAsync(
        fleet,
        $$$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: counts}
        spec:
          run: {exec: {command: {{{JsonSerializer.Serialize(new[] { "/bin/sh", "-c", Count.Replace("CANARY", Canary, StringComparison.Ordinal), version })}}}}}
          state: {}
          {{{more}}}
        """,
        "apply", "-f", "-", "--wait", "--timeout", "40s");

    private static Task<string> SaysAsync(GuardedBroker fleet, string what) => Eventually.Is(
        async () => (await SystemdLab.CtlAsync(fleet, "", "logs", "counts")).Output, o => o.Contains(what, StringComparison.Ordinal), Soon, o => o, what);

    private async Task<string> FoldersAsync(string node, string place, string command) =>
        (await lab.RunAsync("sh", "-c", $"{command} /var/lib/{place}edge-work-default_{node}/counts.0.*/starts")).Succeeded().Output;

    private async Task<string> LeftAsync(string node) =>
        (await lab.RunAsync("sh", "-c", $"ls -d /var/lib/edge-work-default_{node}/* /var/lib/private/edge-work-default_{node}/* 2>/dev/null")).Output.Trim();
}
