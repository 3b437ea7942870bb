using System.Buffers;
using System.Text.Json;
using EdgeAgent.Linux.Inspection;
using EdgeCtl.Output;
using Xunit;

namespace EdgeAgent.Tests.Linux.Inspection;

/// <summary>What a machine says of itself where nobody on a bus can be asked.</summary>
public sealed class MachineReportTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public MachineReportTests()
    {
        _machine.Has("/etc/os-release", "ID=poky\nPRETTY_NAME=\"Poky 5.0 (scarthgap)\"\n");
        _machine.Has("/proc/sys/kernel/hostname", "gw-1\n");
        _machine.Has("/proc/sys/kernel/ostype", "Linux\n");
        _machine.Has("/proc/sys/kernel/osrelease", "6.6.21-v8\n");
    }

    [Fact]
    public void Of_a_board_it_is_what_the_device_tree_says()
    {
        _machine.Has("/proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0");
        var identity = HostIdentity.OfFiles(_machine.Root);
        Assert.Equal(
            ("gw-1", "Poky 5.0 (scarthgap)", "Linux 6.6.21-v8", "", "Raspberry Pi 4 Model B Rev 1.4", ""),
            (identity.Name, identity.OperatingSystem, identity.Kernel, identity.Vendor, identity.Model, identity.Chassis));
    }

    [Fact]
    public void Of_a_PC_it_is_what_DMI_says_and_an_answer_goes_before_it()
    {
        _machine.Has("/sys/class/dmi/id/sys_vendor", "LENOVO\n");
        _machine.Has("/sys/class/dmi/id/product_name", "20Q0\n");
        _machine.Has("/sys/class/dmi/id/chassis_type", "10\n");
        var identity = new HostIdentity { Model = "ThinkPad", PrettyName = "Hall 3" }.Or(HostIdentity.OfFiles(_machine.Root));
        Assert.Equal(("LENOVO", "ThinkPad", "laptop", "Hall 3", "gw-1"), (identity.Vendor, identity.Model, identity.Chassis, identity.PrettyName, identity.Name));
    }

    [Fact]
    public void A_machine_without_systemd_reports_in_the_same_shape_and_says_whom_it_could_not_ask()
    {
        Assert.SkipWhen(Directory.Exists("/run/systemd/system"), "systemd is this machine's first process: InspectionTests shows what it says there");
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            MachineReport.Write(json, _machine.Root);
            json.WriteEndObject();
        }

        var machine = System.Text.Json.Nodes.JsonNode.Parse(buffer.WrittenSpan)!["machine"]!.AsObject();
        var shown = new List<string>();
        new MachineText((name, text) => shown.Add($"{name}: {text}")).Write(machine, "");
        Assert.Equal(
            ["Host: gw-1", "Operating System: Poky 5.0 (scarthgap)", "Kernel: Linux 6.6.21-v8", "No answer: the system bus: this machine was not booted by systemd (there is no /run/systemd/system)"],
            shown.Where(s => !s.EndsWith(": ", StringComparison.Ordinal)));
    }

    public void Dispose() => _machine.Dispose();
}
