using System.Globalization;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>That the kernel keeps work within what its manifest says, in control groups of version 2 (docs/spec/security.md).</summary>
[Collection(nameof(LabMachineTests))]
public sealed class LimitTests(SharedMachine shared)
{
    private const string Group = "/sys/fs/cgroup/edge.slice";

    [Fact]
    public async Task Who_wants_all_processors_gets_its_ceiling()
    {
        var machine = await shared.UpAsync();
        await machine.ApplyAsync(Manifest("hog", "while :; do :; done & while :; do :; done", "cpu: 100m, cpuMax: 300m"));

        // What it has used of ten seconds, by the kernel's own account and clock.
        var said = (await machine.RunAsync($"at() {{ cut -d' ' -f1 /proc/uptime; sed -n 's/^usage_usec //p' {Group}/edge-hog-0.service/cpu.stat; }}; at; sleep 10; at")).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToList();
        Assert.InRange((said[3] - said[1]) / 1e6 / (said[2] - said[0]), 0.285, 0.315);
        Assert.Contains("cpu at most 300m", (await machine.CtlAsync("describe", "workload", "hog")).Output, StringComparison.Ordinal);
        await DeleteAsync(machine, "hog");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Who_forks_without_end_stays_within_its_tasks_and_hinders_nobody()
    {
        var machine = await shared.UpAsync();
        await machine.ApplyAsync(Manifest("neighbour", "exec sleep 100000", "tasks: 8"));
        await machine.ApplyAsync(Manifest("bomb", "b() { b | b & }; while :; do b 2>/dev/null; sleep 0.2; done", "cpu: 50m, cpuMax: 200m, tasks: 20"));
        await Eventually.Is(
            async () => (await machine.RunAsync($"sed -n 's/^max //p' {Group}/edge-bomb-0.service/pids.events")).Output.Trim(), n => int.TryParse(n, out var refused) && refused >= 20, machine.Patience, n => n, "twenty forks refused");
        for (var look = 0; look < 5; look++)
        {
            Assert.InRange(int.Parse((await machine.RunAsync($"cat {Group}/edge-bomb-0.service/pids.current")).Succeeded().Output, CultureInfo.InvariantCulture), 1, 20);
        }

        await machine.OnlineAsync();
        Assert.Contains("State: running", (await machine.CtlAsync("status", "vm")).Succeeded().Output, StringComparison.Ordinal);
        Assert.All(await machine.SlotsAsync(), s => Assert.Equal("running", s.Phase));
        await DeleteAsync(machine, "neighbour", "bomb");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Who_wants_more_memory_is_killed_and_told_with_its_limit()
    {
        var machine = await shared.UpAsync();
        (await machine.TryApplyAsync(Manifest("greedy", "head -c 200000000 /dev/zero | tail -n 1 >/dev/null", "memory: 16Mi", "mode: job", "job: {attempts: 1}"))).Succeeded();
        await Eventually.Is(
            async () => (await machine.CtlAsync("get", "slots", "greedy")).Output,
            o => o.Contains("it ran out of memory: it used more memory than it asked for, and the kernel killed it; its limit is 16Mi (resources.memory)", StringComparison.Ordinal),
            machine.Patience,
            o => o,
            "the reason of what was killed, with the limit");
        await DeleteAsync(machine, "greedy");
    }

    private static string Manifest(string name, string script, string resources, params string[] more) =>
        $"apiVersion: edge/v1\nkind: Workload\nmetadata: {{name: {name}}}\nspec:\n  run: {{exec: {{command: [/bin/sh, -c, '{script}']}}}}\n  resources: {{{resources}}}\n  stop: {{timeout: 2s}}\n{string.Concat(more.Select(m => $"  {m}\n"))}";

    private static async Task DeleteAsync(LabMachine machine, params string[] names)
    {
        foreach (var name in names)
        {
            (await machine.CtlAsync("delete", name, "--wait", "--timeout", $"{machine.Patience.TotalSeconds}s")).Succeeded();
        }
    }
}
