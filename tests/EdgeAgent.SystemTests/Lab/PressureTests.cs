using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>A node that is short of memory sheds the least important, which runs elsewhere (docs/adr/0034): the kernel of a virtual machine, and a published agent beside it.</summary>
[Collection(nameof(LabMachineTests))]
public sealed class PressureTests(SharedMachine shared)
{
    // What is used is more than there is, again and again: something comes in from the swap, and something else goes out.
    private const string Hog = """
        [ -e /swap ] || { fallocate -l 700M /swap; chmod 600 /swap; mkswap /swap; }
        swapon /swap
        mkdir -p /hog
        mount -t tmpfs -o size=1400M none /hog
        head -c 1100M /dev/zero >/hog/fill
        while :; do cat /hog/fill >/dev/null; done
        """;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    [Fact]
    [Trait("Category", "nightly")]
    public async Task The_least_important_runs_elsewhere_and_the_important_stays()
    {
        var machine = await shared.UpAsync();
        await using (await machine.PeerAsync())
        {
            (await machine.CtlAsync("label", "nodes", "vm", "where=vm", "--overwrite")).Succeeded();
            await machine.ApplyAsync(LabMachine.Shell("important", "exec sleep 100000", "priority: 100", "security: {sandbox: none}", "requires: {labels: {where: vm}}", "resources: {memory: 16Mi}"));

            // It has a tenth of the machine's memory, which is worth something.
            await machine.ApplyAsync(LabMachine.Shell("other", "x=$(head -c 90000000 /dev/zero | tr '\\0' x); echo has it; sleep 100000", "priority: 10", "security: {sandbox: none}", "prefers: [{weight: 100, labels: {where: vm}}]", "resources: {memory: 256Mi}"));
            await OnAsync(machine, "other", "vm");
            var events = await machine.ListenAsync();
            (await machine.RunAsync($"cat >/root/hog.sh <<'END'\n{Hog}\nEND\nsystemd-run --unit hog sh /root/hog.sh")).Succeeded();
            await Eventually.Is(() => File.ReadAllTextAsync(events, TestContext.Current.CancellationToken), e => e.Contains("Evicted  other/0  MemoryPressure: evicted from vm (priority 10)", StringComparison.Ordinal), Within, e => e, "an eviction told");
            await OnAsync(machine, "other", "peer");
            var told = await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken);
            Assert.Matches("MemoryPressure  vm  Full: [0-9]+ % of its memory is available, and of the last ten seconds some work waited for memory", told);
            await Eventually.Is(async () => (await machine.CtlAsync("describe", "node", "vm")).Output, o => o.Contains("memory-pressure=full:NoPlace", StringComparison.Ordinal) && o.Contains("MemoryPressure", StringComparison.Ordinal), machine.Patience, o => o, "the taint and the condition");

            // It goes on like that, and what would help nobody stays.
            (await machine.RunAsync("sleep 25")).Succeeded();
            (await machine.RunAsync("systemctl stop hog; umount /hog && swapoff /swap")).Succeeded();
            await Eventually.Is(() => File.ReadAllTextAsync(events, TestContext.Current.CancellationToken), e => e.Contains("MemoryPressureOver  vm  None", StringComparison.Ordinal), Within, e => e, "its end told");
            Assert.DoesNotContain("Evicted  important", await File.ReadAllTextAsync(events, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            var important = (await machine.SlotsAsync()).Single(s => s.Workload == "important");
            Assert.Equal(("vm", "running"), (important.Node, important.Phase));
            Assert.DoesNotContain("memory-pressure", (await machine.CtlAsync("describe", "node", "vm")).Output, StringComparison.Ordinal);
            await machine.DeleteAsync("important", "other");
        }

        // Others use the machine after this.
        (await machine.CtlAsync("label", "nodes", "vm", "where-")).Succeeded();
        (await machine.CtlAsync("delete", "node", "peer", "--force")).Succeeded();
    }

    private static Task<IReadOnlyList<SlotItem>> OnAsync(LabMachine machine, string workload, string node) => Eventually.Is(
        machine.SlotsAsync, slots => slots.Any(s => s.Workload == workload && s.Node == node && s.Phase == "running"), Within, slots => string.Join(", ", slots.Select(s => $"{s.Workload} {s.Node} {s.Phase}")), $"{workload} on {node}");
}
