using System.Globalization;
using EdgeAgent.SystemTests.Checks;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>Health and readiness of units: checks are units of their own beside the work's, as confined as it, and nothing is left of them.</summary>
public sealed class CheckUnitTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const string Unhealthy = "unhealthy: /bin/sh failed 2 times in a row, last: ";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("always", "exec sleep 1000")]
    [InlineData("onFailure", "exec sleep 1000")]
    [InlineData("onFailure", "trap 'exit 0' TERM; while :; do sleep 0.1; done")]
    [InlineData("always", "trap '' TERM; while :; do sleep 0.1; done")]
    public async Task Work_whose_health_check_fails_is_started_anew_on_its_node_and_says_why(string policy, string script)
    {
        await using var fleet = await lab.StartAsync("one");
        await ApplyAsync(fleet, CheckedWork.Of(script, CheckedWork.UntilStuck("/run/stuck"), $"restart: {{policy: {policy}}}"));
        var before = await RunningAsync(fleet, _ => true);
        await TouchAsync("/run/stuck");
        await SlotAsync(fleet, s => s.Reason.StartsWith(Unhealthy, StringComparison.Ordinal) || s.Pid != before.Pid, "told as unhealthy");
        (await lab.RunAsync("rm", "/run/stuck")).Succeeded();
        var after = await RunningAsync(fleet, s => s.Pid > 0 && s.Pid != before.Pid);
        Assert.Equal((before.Node, before.Epoch, $"started anew: {Unhealthy}exit code 7: the sensor is stuck"), (after.Node, after.Epoch, after.Reason));
        await Eventually.Is(
            async () => (await lab.RunAsync("journalctl", "-u", "agent-one", "-o", "cat", "--no-pager")).Output,
            l => l.Contains($"{Unhealthy}exit code 7: the sensor is stuck", StringComparison.Ordinal),
            Soon,
            l => l,
            "the reason, in the agent's log");
        await EndAsync(fleet, "one");
    }

    [Fact]
    public async Task Work_is_held_until_it_is_ready_and_its_check_sees_the_work_s_own_tmp()
    {
        await using var fleet = await lab.StartAsync("two");
        const string Serve = "until [ -e /run/serve ]; do sleep 0.05; done; touch /tmp/serving; exec sleep 1000";
        var manifest = CheckedWork.Of(Serve, CheckedWork.Ready("ls -A /tmp >&2; test -e /tmp/serving"));
        var applied = SystemdLab.CtlAsync(fleet, manifest, "apply", "-f", "-", "--wait", "--timeout", "40s");
        var held = await SlotAsync(fleet, s => s.Phase == "held" && s.Reason.Length > 0, "held, with a reason");
        Assert.Equal("not ready yet, /bin/sh: exit code 1", held.Reason);
        Assert.False(applied.IsCompleted);
        await TouchAsync("/run/serve");
        (await applied).Succeeded();
        Assert.Equal(held.Pid, (await RunningAsync(fleet, _ => true)).Pid);
        await EndAsync(fleet, "two");
    }

    [Fact]
    public async Task A_check_is_confined_and_limited_as_the_work_and_finds_its_variables()
    {
        await using var fleet = await lab.StartAsync("three");
        const string Probe = """echo "$EDGE_SLOT $(grep -h CapBnd /proc/self/status | tr -d '[:space:]') $(touch /usr/x 2>/dev/null || echo usr-kept) $(cat /proc/self/cgroup | tail -1)"; exit 1""";
        var manifest = CheckedWork.Of("exec sleep 1000", CheckedWork.Ready(Probe), "resources: {memory: 16Mi, tasks: 9}\nprogressDeadline: 1m");
        (await SystemdLab.CtlAsync(fleet, manifest, "apply", "-f", "-")).Succeeded();
        var held = await SlotAsync(fleet, s => s.Phase == "held" && s.Reason.Length > 0, "held, with what the check found");
        Assert.Contains("hello/0 CapBnd:0000000000000000 usr-kept", held.Reason, StringComparison.Ordinal);
        Assert.EndsWith("/edge.slice/edge-three.slice/edgecheck-default_three_hello_0.service", held.Reason, StringComparison.Ordinal);

        // No line of systemd's own for each check: they would wear out a device's disk.
        Assert.DoesNotContain("edgecheck", (await lab.RunAsync("journalctl", "-o", "short", "--no-pager", "UNIT=edgecheck-default_three_hello_0.service")).Output, StringComparison.Ordinal);
        await EndAsync(fleet, "three");
    }

    [Fact]
    public async Task A_check_that_hangs_is_killed_with_all_of_its_processes_and_the_work_is_started_anew()
    {
        await using var fleet = await lab.StartAsync("four");
        await ApplyAsync(fleet, CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck("/run/hang", "trap '' TERM; (setsid sleep 4711 &); sleep 4712")));
        var before = await RunningAsync(fleet, _ => true);
        await TouchAsync("/run/hang");
        await SlotAsync(fleet, s => s.Reason.Contains($"{Unhealthy}it took longer than its timeout and was killed", StringComparison.Ordinal), "told as unhealthy");
        (await lab.RunAsync("rm", "/run/hang")).Succeeded();
        await RunningAsync(fleet, s => s.Pid > 0 && s.Pid != before.Pid);
        await NothingOfChecksAsync("four");
        await EndAsync(fleet, "four");
    }

    [Fact]
    public async Task Work_that_is_deleted_while_it_is_checked_leaves_neither_unit()
    {
        await using var fleet = await lab.StartAsync("five");
        await ApplyAsync(fleet, CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck("/run/long", "sleep 4713", "1h")));
        await TouchAsync("/run/long");
        await CheckRunsAsync("five");
        await EndAsync(fleet, "five");
        Assert.Empty(await ChecksAsync("five"));
    }

    [Fact]
    public async Task A_killed_agent_goes_on_asking_whatever_it_left()
    {
        await using var fleet = await lab.StartAsync("six");
        await ApplyAsync(fleet, CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck("/run/mid", "echo 'slow'; sleep 4714", "3s") + "\n" + CheckedWork.Ready("exit 0")));
        var before = await RunningAsync(fleet, _ => true);
        await TouchAsync("/run/mid");
        await CheckRunsAsync("six");
        (await lab.RunAsync("systemctl", "kill", "-s", "KILL", "agent-six")).Succeeded();
        await Eventually.Is(() => lab.ShowAsync("agent-six", "NRestarts"), p => p["NRestarts"] == "1", Soon, p => p["NRestarts"], "the agent started again");
        Assert.Equal(before.Pid, (await RunningAsync(fleet, _ => true)).Pid);

        // The one that the earlier agent began is over by its own timeout, or was in the way once; those of this one fail twice.
        var after = await RunningAsync(fleet, s => s.Pid != before.Pid);
        (await lab.RunAsync("rm", "/run/mid")).Succeeded();
        Assert.Equal($"started anew: {Unhealthy}it took longer than its timeout and was killed: slow", after.Reason);
        await NothingOfChecksAsync("six");
        await EndAsync(fleet, "six");
    }

    [Fact]
    public async Task A_reexecuted_systemd_and_a_stranger_s_stop_of_a_check_count_neither_way()
    {
        await using var fleet = await lab.StartAsync("seven");
        await ApplyAsync(fleet, CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck("/run/calm", "sleep 1", "30s")));
        var before = await RunningAsync(fleet, _ => true);
        await TouchAsync("/run/calm");
        for (var round = 0; round < 3; round++)
        {
            await StopRunningCheckAsync("seven");
            await CheckRunsAsync("seven");
            (await lab.RunAsync("systemctl", "daemon-reexec")).Succeeded();
        }

        await CheckRunsAsync("seven");
        Assert.Equal((before.Pid, ""), (await RunningAsync(fleet, _ => true)) is var now ? (now.Pid, now.Reason) : default);
        await EndAsync(fleet, "seven");
    }

    /// <summary>A check may be over between being seen and being stopped; the next one is as good.</summary>
    private async Task StopRunningCheckAsync(string node) => await Eventually.Is(
        async () => await ChecksAsync(node) is [var check] ? await lab.RunAsync("systemctl", "stop", check) : null,
        stop => stop is { ExitCode: 0 }, Soon, stop => stop?.Errors ?? "no check runs", "a check was stopped");

    private async Task TouchAsync(string file) => (await lab.RunAsync("touch", file)).Succeeded();

    private async Task<IReadOnlyList<string>> ChecksAsync(string node) =>
        [.. (await lab.RunAsync("systemctl", "list-units", "--all", "--plain", "--no-legend", $"edgecheck-default_{node}_*")).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])];

    /// <summary>A check that hasn't ended is "activating"; for a process of it there must be one in its control group.</summary>
    private Task<IReadOnlyDictionary<string, string>> CheckRunsAsync(string node) => Eventually.Is(
        async () => await lab.ShowAsync($"edgecheck-default_{node}_hello_0.service", "MainPID", "ActiveState"),
        shown => int.Parse(shown["MainPID"], CultureInfo.InvariantCulture) > 0 && shown["ActiveState"] == "activating",
        Soon,
        shown => shown["ActiveState"],
        "a check that runs");

    private Task<string> NothingOfChecksAsync(string node) => Eventually.Is(
        async () => string.Join(' ', (await lab.RunAsync("pgrep", "-f", "sleep 471[0-9]")).Output.Split('\n')),
        pids => pids.Length == 0,
        Soon,
        pids => pids,
        $"nothing of the checks of {node}");

    private static async Task ApplyAsync(GuardedBroker fleet, string manifest) =>
        (await SystemdLab.CtlAsync(fleet, manifest, "apply", "-f", "-", "--wait", "--timeout", "30s")).Succeeded();

    private async Task EndAsync(GuardedBroker fleet, string node)
    {
        (await SystemdLab.CtlAsync(fleet, "", "delete", "hello", "--wait", "--timeout", "30s")).Succeeded();
        Assert.Empty(await lab.UnitsAsync(node));
        (await lab.RunAsync("systemctl", "stop", $"agent-{node}")).Succeeded();
    }

    private static Task<SlotItem> RunningAsync(GuardedBroker fleet, Func<SlotItem, bool> also) => SlotAsync(fleet, s => s.Phase == "running" && also(s), "running");

    private static async Task<SlotItem> SlotAsync(GuardedBroker fleet, Func<SlotItem, bool> isIt, string what) => (await Eventually.Is(
        async () => Answer.Read<SlotItem>((await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "json")).Succeeded().Output),
        slots => slots.Count == 1 && isIt(slots[0]),
        Soon,
        slots => string.Join("; ", slots.Select(s => $"{s.Index} {s.Phase} {s.Pid} {s.Reason}")),
        $"the slot {what}"))[0];
}
