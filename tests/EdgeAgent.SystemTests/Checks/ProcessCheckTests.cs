using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Checks;

/// <summary>Health and readiness of plain processes, on the published binaries.</summary>
public sealed class ProcessCheckTests
{
    private const string Unhealthy = "unhealthy: /bin/sh failed 2 times in a row, last: ";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_whose_health_check_fails_is_started_anew_on_its_node_and_says_why()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Mosquitto, 2);
        var stuck = Path.Combine(fleet.Root, "stuck");
        (await fleet.ApplyAsync(CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck(stuck)), "--wait", "--timeout", "30s")).Succeeded();
        var before = await RunningAsync(fleet, _ => true);
        await File.WriteAllTextAsync(stuck, "", TestContext.Current.CancellationToken);
        var after = await RunningAsync(fleet, s => s.Pid != before.Pid && s.Reason.StartsWith("started anew", StringComparison.Ordinal));
        File.Delete(stuck);
        Assert.Equal((before.Node, before.Epoch), (after.Node, after.Epoch));
        Assert.Equal($"started anew: {Unhealthy}exit code 7: the sensor is stuck", after.Reason);
        Assert.Contains(Unhealthy, (await fleet.AskAsync("describe", "workload", "hello")).Succeeded().Output, StringComparison.Ordinal);
        (await fleet.AskAsync("delete", "hello", "--wait")).Succeeded();
    }

    [Fact]
    public async Task Work_that_is_never_restarted_fails_where_it_is_unhealthy()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Mosquitto, 1);
        var (stuck, never) = (Path.Combine(fleet.Root, "stuck"), "restart: {policy: never}\npartition: pin");
        (await fleet.ApplyAsync(CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck(stuck), never), "--wait", "--timeout", "30s")).Succeeded();
        await File.WriteAllTextAsync(stuck, "", TestContext.Current.CancellationToken);
        await SlotAsync(fleet, s => s.Phase == "failed" && s.Reason == $"{Unhealthy}exit code 7: the sensor is stuck", "failed as unhealthy");
        (await fleet.AskAsync("delete", "hello", "--wait")).Succeeded();
    }

    [Fact]
    public async Task Work_is_held_until_it_is_ready_and_apply_waits_for_that()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Embedded, 2);
        var ready = Path.Combine(fleet.Root, "ready");
        var applied = fleet.ApplyAsync(CheckedWork.Of("exec sleep 1000", CheckedWork.Ready($"test -e {ready} || {{ echo 'no model yet'; exit 1; }}")), "--wait", "--timeout", "40s");
        var held = await SlotAsync(fleet, s => s.Phase == "held" && s.Reason.Length > 0, "held, with a reason");
        Assert.Equal("not ready yet, /bin/sh: exit code 1: no model yet", held.Reason);
        Assert.True(held.Pid > 0);
        Assert.False(applied.IsCompleted);
        await File.WriteAllTextAsync(ready, "", TestContext.Current.CancellationToken);
        (await applied).Succeeded();
        Assert.Equal(held.Pid, (await RunningAsync(fleet, _ => true)).Pid);
        (await fleet.AskAsync("delete", "hello", "--wait")).Succeeded();
    }

    [Fact]
    public async Task A_change_that_never_becomes_ready_stops_at_one_slot_and_apply_says_why()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Mosquitto, 2);
        var more = "replicas: 3\nprogressDeadline: 2s";
        (await fleet.ApplyAsync(CheckedWork.Of("exec sleep 1000", CheckedWork.Ready("exit 0"), more), "--wait", "--timeout", "30s")).Succeeded();
        var before = (await fleet.SlotsAsync()).Select(s => s.Pid).ToHashSet();
        var bad = await fleet.ApplyAsync(CheckedWork.Of("exec sleep 1001", CheckedWork.Ready("echo 'no port'; exit 1"), more), "--wait", "--timeout", "30s");
        Assert.Equal(1, bad.ExitCode);
        Assert.Contains("it was not ready within 2 s (progressDeadline): /bin/sh: exit code 1: no port", bad.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await fleet.SlotsAsync()).Count(s => s.Phase == "running" && before.Contains(s.Pid)));
        (await fleet.AskAsync("delete", "hello", "--wait")).Succeeded();
    }

    [Fact]
    public async Task A_killed_agent_leaves_nothing_of_a_check_and_the_next_one_goes_on_asking()
    {
        await using var fleet = await ProcessFleet.StartAsync(FleetKind.Mosquitto, 1);
        var (stuck, pids) = (Path.Combine(fleet.Root, "stuck"), Path.Combine(fleet.Root, "pids"));
        var hang = $"(setsid sh -c 'echo $$ >> {pids}; exec sleep 1000' &); echo $$ >> {pids}; sleep 1000";
        (await fleet.ApplyAsync(CheckedWork.Of("exec sleep 1000", CheckedWork.UntilStuck(stuck, hang, "1h")), "--wait", "--timeout", "30s")).Succeeded();
        var before = await RunningAsync(fleet, _ => true);
        await File.WriteAllTextAsync(stuck, "", TestContext.Current.CancellationToken);
        await Eventually.Is(() => Task.FromResult(Living(pids)), p => p == 2, Soon, p => $"{p}", "a check that hangs, with its child");
        await fleet.KillAgentAsync("node-1");
        await Eventually.Is(() => Task.FromResult(Living(pids)), p => p == 0, Soon, p => $"{p}", "nothing of the check");
        File.Delete(stuck);
        await fleet.StartAgentAsync("node-1");
        await fleet.OnlineAsync(1);
        Assert.Equal(before.Pid, (await RunningAsync(fleet, _ => true)).Pid);
        File.Delete(pids);
        await File.WriteAllTextAsync(stuck, "", TestContext.Current.CancellationToken);
        await Eventually.Is(() => Task.FromResult(Living(pids)), p => p == 2, Soon, p => $"{p}", "the next agent's check");
        (await fleet.AskAsync("delete", "hello", "--wait")).Succeeded();
        Assert.Equal(0, Living(pids));
    }

    private static int Living(string file) => File.Exists(file) ? File.ReadAllLines(file).Count(pid => File.Exists($"/proc/{pid}/exe")) : 0;

    private static Task<SlotItem> RunningAsync(Fleet fleet, Func<SlotItem, bool> also) => SlotAsync(fleet, s => s.Phase == "running" && also(s), "running");

    private static async Task<SlotItem> SlotAsync(Fleet fleet, Func<SlotItem, bool> isIt, string what) => (await Eventually.Is(
        fleet.SlotsAsync,
        slots => slots.Count == 1 && isIt(slots[0]),
        Soon,
        slots => string.Join("; ", slots.Select(s => $"{s.Index} {s.Phase} {s.Reason}")),
        $"the slot {what}"))[0];
}
