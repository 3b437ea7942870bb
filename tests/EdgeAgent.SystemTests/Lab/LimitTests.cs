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
        await machine.ApplyAsync(LabMachine.Shell("hog", "while :; do :; done & while :; do :; done", "resources: {cpu: 100m, cpuMax: 300m}"));

        // What it has used of ten seconds, by the kernel's own account and clock.
        var said = (await machine.RunAsync($"at() {{ cut -d' ' -f1 /proc/uptime; sed -n 's/^usage_usec //p' {Group}/edge-hog-0.service/cpu.stat; }}; at; sleep 10; at")).Succeeded().Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToList();
        Assert.InRange((said[3] - said[1]) / 1e6 / (said[2] - said[0]), 0.285, 0.315);
        Assert.Contains("cpu at most 300m", (await machine.CtlAsync("describe", "workload", "hog")).Output, StringComparison.Ordinal);
        await machine.DeleteAsync("hog");
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Who_forks_without_end_stays_within_its_tasks_and_hinders_nobody()
    {
        var machine = await shared.UpAsync();
        await machine.ApplyAsync(LabMachine.Shell("neighbour", "exec sleep 100000", "resources: {tasks: 8}"));
        await machine.ApplyAsync(LabMachine.Shell("bomb", "b() { b | b & }; while :; do b 2>/dev/null; sleep 0.2; done", "resources: {cpu: 50m, cpuMax: 200m, tasks: 20}"));
        await Eventually.Is(
            async () => (await machine.RunAsync($"sed -n 's/^max //p' {Group}/edge-bomb-0.service/pids.events")).Output.Trim(), n => int.TryParse(n, out var refused) && refused >= 20, machine.Patience, n => n, "twenty forks refused");
        for (var look = 0; look < 5; look++)
        {
            Assert.InRange(int.Parse((await machine.RunAsync($"cat {Group}/edge-bomb-0.service/pids.current")).Succeeded().Output, CultureInfo.InvariantCulture), 1, 20);
        }

        await machine.OnlineAsync();
        Assert.Contains("State: running", (await machine.CtlAsync("status", "vm")).Succeeded().Output, StringComparison.Ordinal);
        Assert.All(await machine.SlotsAsync(), s => Assert.Equal("running", s.Phase));
        await machine.DeleteAsync("neighbour", "bomb");
    }
}
