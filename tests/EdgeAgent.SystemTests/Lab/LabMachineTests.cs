using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>On Debian's own kernel: what containers can't show. Not beside other tests, for the machine is emulated and takes the processors.</summary>
[CollectionDefinition(nameof(LabMachineTests), DisableParallelization = true)]
public sealed class LabMachineAlone : ICollectionFixture<SharedMachine>;

/// <summary>One for all tests that leave it as they found it: it takes a minute to boot.</summary>
public sealed class SharedMachine : IAsyncDisposable
{
    private LabMachine? _machine;

    internal async Task<LabMachine> UpAsync() => _machine ??= await LabMachine.UpAsync("amd64");

    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }
    }
}

[Collection(nameof(LabMachineTests))]
public sealed class LabMachineTests
{
    private const int Replicas = 5;

    private const string Hello = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: hello}
        spec:
          replicas: 5
          run: {exec: {command: [/bin/sh, -c, 'echo begun; exec sleep 100000']}}
          resources: {cpu: 10m, memory: 16Mi}
          stop: {timeout: 5s}
        """;

    private const string Greedy = """
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: greedy}
        spec:
          run: {exec: {command: [/bin/sh, -c, 'head -c 200000000 /dev/zero | tail -n 1 >/dev/null']}}
          resources: {memory: 16Mi}
          mode: job
          job: {attempts: 1}
          stop: {timeout: 5s}
        """;

    [Fact]
    public Task It_boots_joins_runs_and_after_a_boot_without_a_broker_its_work_runs_again() => LifeAsync("amd64");

    [Fact]
    [Trait("Category", "arm64")]
    public Task The_same_on_arm64() => LifeAsync("arm64");

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Where_SELinux_enforces_it_joins_and_runs()
    {
        await using var machine = await LabMachine.UpAsync("amd64", "selinux");
        Assert.Equal("Enforcing", (await machine.RunAsync("getenforce")).Succeeded().Output.Trim());
        await machine.ApplyAsync(Hello);
        Assert.Equal(Replicas, await CountAsync(machine));

        // The kernel's log is read whole: it tells of the policy, and of no refusal to the agent, its work or the manager that starts it.
        var kernel = (await machine.RunAsync("dmesg")).Succeeded().Output.Split('\n');
        Assert.Contains(kernel, l => l.Contains("SELinux:  Class", StringComparison.Ordinal) || l.Contains("SELinux:  policy", StringComparison.Ordinal));
        Assert.DoesNotContain(kernel, l => l.Contains("avc:  denied", StringComparison.Ordinal) && (l.Contains("comm=\"edge", StringComparison.Ordinal) || l.Contains(":initrc_t:", StringComparison.Ordinal) || l.Contains("comm=\"systemd\"", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Category", "nightly")]
    public async Task Its_kernel_has_AppArmor_control_groups_of_version_2_and_a_bus_for_sensors()
    {
        await using var machine = await LabMachine.UpAsync("amd64");
        Assert.Contains("apparmor", (await machine.RunAsync("cat /sys/kernel/security/lsm")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("memory", (await machine.RunAsync("cat /sys/fs/cgroup/cgroup.controllers")).Succeeded().Output, StringComparison.Ordinal);

        // A chip of which the stub is the registers, and whose driver is the kernel's own: 25 degrees.
        var sensed = await machine.RunAsync(
            "modprobe i2c-dev && modprobe i2c-stub chip_addr=0x48 && bus=$(ls -d /sys/class/i2c-adapter/i2c-* | tail -n 1) && i2cset -y ${bus##*-} 0x48 0 0x0019 w && echo lm75 0x48 >$bus/new_device && sleep 1 && cat $bus/*-0048/hwmon/hwmon*/temp1_input");
        Assert.Equal("25000", sensed.Succeeded().Output.Trim());
    }

    private static async Task LifeAsync(string architecture)
    {
        await using var machine = await LabMachine.UpAsync(architecture);
        await machine.ApplyAsync(Hello);
        Assert.Equal(Replicas, await CountAsync(machine));
        var before = await machine.SlotsAsync();
        if (architecture != "arm64")
        {
            // Debian's kernel for arm64 shows none of qemu's.
            Assert.Equal("2", (await machine.RunAsync("test -c /dev/tpmrm0 && cat /sys/class/tpm/tpm0/tpm_version_major")).Succeeded().Output.Trim());
        }

        // A kernel that enforces the limit, and a reason that says so.
        (await machine.TryApplyAsync(Greedy)).Succeeded();
        await Eventually.Is(
            async () => (await machine.CtlAsync("get", "slots", "greedy")).Output, o => o.Contains("it ran out of memory: it used more memory than it asked for, and the kernel killed it; its limit is 16Mi (resources.memory)", StringComparison.Ordinal), machine.Patience, o => o, "the reason of what was killed");
        await machine.DeleteAsync("greedy");

        // The clock of the whole machine: nothing is started anew, and what is asked for is asked for in vain until it is right.
        (await machine.RunAsync("date -s '+2 days'")).Succeeded();
        var refused = await machine.CtlAsync("status", "vm");
        Assert.Contains("compare the clocks", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await machine.SlotsAsync());
        (await machine.RunAsync("date -s '-2 days'")).Succeeded();
        Assert.Contains("State: running", (await machine.CtlAsync("status", "vm")).Succeeded().Output, StringComparison.Ordinal);

        await machine.BrokerAsync("kill");
        await machine.OffAsync();
        await machine.OnAsync();
        await Eventually.Is(() => CountAsync(machine), c => c == Replicas, machine.Patience, c => $"{c}", "the work, with no broker");
        await machine.KillAsync();
        await machine.OnAsync();
        await Eventually.Is(() => CountAsync(machine), c => c == Replicas, machine.Patience, c => $"{c}", "the work after a cut of its power, with no broker");

        await machine.BrokerAsync("start");
        await machine.OnlineAsync();
        await Eventually.Is(
            machine.SlotsAsync,
            s => s.Count == Replicas && s.All(x => x.Phase == "running"),
            machine.Patience,
            s => string.Join(", ", s),
            "all of it running for the fleet, too");
        Assert.Equal(Replicas, await CountAsync(machine));
    }

    private static async Task<int> CountAsync(LabMachine machine) =>
        (await machine.RunAsync("systemctl list-units --plain --no-legend --state=active 'edge-hello-*'")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
