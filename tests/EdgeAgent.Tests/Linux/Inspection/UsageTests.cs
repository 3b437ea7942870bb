using System.Text.Json;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.Inspection;

/// <summary>Proves what is read as use of a machine and of its units, from trees of files, odd ones among them.</summary>
public sealed class UsageTests
{
    private const string Service = "edge-hello-0.service";

    [Fact]
    public void A_process_name_may_hold_brackets_and_spaces()
    {
        Assert.True(ProcessStat.TryParse(FakeMachine.Stat(7, 5, 100, "a) R 1 (b"), out var stat));
        Assert.Equal(("a) R 1 (b", 5, 106L, 2, 10L), (stat.Name, stat.Session, stat.CpuTicks, stat.Threads, stat.ResidentPages));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("7 (sh")]
    [InlineData(") 7 (sh")]
    [InlineData("7 (sh) S 1 2")]
    [InlineData("7 (sh) Z 1 7 7 0 -1 4194560 100 0 0 0 1 1 2 3 20 0 2 0 5000 1000000 10 0")]
    [InlineData("7 (sh) S 1 7 x 0 -1 4194560 100 0 0 0 1 1 2 3 20 0 2 0 5000 1000000 10 0")]
    [InlineData("7 (sh) S 1 7 7 0 -1 4194560 100 0 0 0 1 1 2 99999999999999999999 20 0 2 0 5000 1000000 10 0")]
    public void What_is_no_living_process_is_none(string text) => Assert.False(ProcessStat.TryParse(text, out _));

    [Fact]
    public void A_machine_is_busy_with_all_but_idling_waiting_and_what_was_stolen()
    {
        using var machine = new FakeMachine();
        machine.Has("/proc/stat", "cpu  10 20 30 1000 2000 1 2 4000 5000 6000\ncpu0 1 2\ncpu1 1 2\nintr 5\n");
        machine.Has("/proc/meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\nMemAvailable:    1024 kB\n");
        machine.Has("/proc/loadavg", "0.52 0.58 0.59 3/602 12345\n");
        machine.Has("/proc/uptime", "350735.47 234388.90\n");
        Assert.Equal(new NodeUsage(2, 630_000, 2048 * 1024, 1024 * 1024, 0.52, 350735), NodeUsage.Read(machine.Root));
    }

    [Fact]
    public void A_machine_that_says_nothing_uses_nothing()
    {
        using var machine = new FakeMachine();
        machine.Has("/proc/stat", "   \ncpu x y\n");
        Assert.Equal(new NodeUsage(1, 0, 0, 0, 0, 0), NodeUsage.Read(machine.Root));
    }

    [Fact]
    public void A_unit_of_plain_processes_is_its_session()
    {
        using var machine = new FakeMachine();
        machine.HasProcess(100, session: 100, ticks: 10);
        machine.HasProcess(101, session: 100, ticks: 20);
        machine.HasProcess(102, session: 102, ticks: 4000);
        Assert.Equal(new UnitUsage(420_000, 20 * Environment.SystemPageSize, 4), Read(machine, FakeMachine.Unit("hello.0", 100)));
    }

    [Fact]
    public void A_unit_of_systemd_is_its_control_group()
    {
        using var machine = new FakeMachine();
        machine.HasProcess(100, session: 1, ticks: 10, cgroup: $"0::/edge.slice/{Service}/inner\n");
        machine.Has($"/sys/fs/cgroup/edge.slice/{Service}/cpu.stat", "usage_usec 123456\nuser_usec 1\n");
        machine.Has($"/sys/fs/cgroup/edge.slice/{Service}/memory.current", "4096\n");
        machine.Has($"/sys/fs/cgroup/edge.slice/{Service}/pids.current", "3\n");
        Assert.Equal(new UnitUsage(123456, 4096, 3), Read(machine, FakeMachine.Unit(Service, 100)));
    }

    [Fact]
    public void A_controller_of_version_one_that_does_not_know_the_unit_is_not_asked()
    {
        using var machine = new FakeMachine();
        machine.HasProcess(100, session: 1, ticks: 10, cgroup: $"5:pids:/edge.slice/{Service}\n4:memory:/\n3:cpu,cpuacct:/edge.slice/{Service}\n1:name=systemd:/edge.slice/{Service}\n0::/\n");
        machine.HasProcess(101, session: 9, ticks: 10, cgroup: $"1:name=systemd:/edge.slice/{Service}\n");
        machine.HasProcess(102, session: 1, ticks: 10);
        machine.Has("/sys/fs/cgroup/memory/memory.usage_in_bytes", "999999999\n");
        machine.Has($"/sys/fs/cgroup/cpuacct/edge.slice/{Service}/cpuacct.usage", "5000000\n");
        machine.Has($"/sys/fs/cgroup/pids/edge.slice/{Service}/pids.current", "max\n");
        Assert.Equal(new UnitUsage(5000, 20 * Environment.SystemPageSize, 4), Read(machine, FakeMachine.Unit(Service, 100)));
    }

    [Fact]
    public void The_report_has_the_machine_and_each_slot_that_has_a_process()
    {
        using var machine = new FakeMachine();
        using var inputs = new Inputs();
        machine.HasProcess(100, session: 100, ticks: 10);
        new Inspector(machine.Root, "/", new RingLog("/nowhere"), hasSystemd: false, inputs).Submit(new InspectRequest(5, "top", new Dictionary<string, string>(), [FakeMachine.Unit("hello.0", 100), FakeMachine.Unit("hello.1", 0, index: 1)]));
        var answer = inputs.Next<InspectAnswer>();
        Assert.Equal((5, null), (answer.Id, answer.Error));
        using var json = JsonDocument.Parse(answer.Json);
        Assert.True(json.RootElement.GetProperty("node").GetProperty("diskTotal").GetInt64() > 0);
        var slot = Assert.Single(json.RootElement.GetProperty("slots").EnumerateArray());
        Assert.Equal(("hello", 0, 100, 160_000), (slot.GetProperty("workload").GetString(), slot.GetProperty("index").GetInt32(), slot.GetProperty("pid").GetInt32(), slot.GetProperty("cpuUs").GetInt64()));
    }

    [Fact]
    public void A_machine_without_proc_is_an_error_in_words()
    {
        using var inputs = new Inputs();
        new Inspector(new MachineRoot("/nowhere"), "/", new RingLog("/nowhere"), hasSystemd: false, inputs).Submit(new InspectRequest(5, "top", new Dictionary<string, string>(), [FakeMachine.Unit("hello.0", 100)]));
        Assert.Contains("/nowhere/proc", inputs.Next<InspectAnswer>().Error, StringComparison.Ordinal);
    }

    private static UnitUsage Read(FakeMachine machine, UnitReport unit) =>
        UnitUsage.Read(machine.Root, unit, new Lazy<ProcessTable>(() => new ProcessTable(machine.Root, [unit])));
}
