using System.Diagnostics;
using System.Text.Json;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>The answer to <c>top</c>: counters at one time of a clock that only goes on, so that who asks twice has the rates.</summary>
internal static class TopReport
{
    public static void Write(Utf8JsonWriter json, MachineRoot root, string stateDirectory, IReadOnlyList<UnitReport> units)
    {
        var usage = NodeUsage.Read(root);
        var disk = new DriveInfo(stateDirectory);
        json.WriteStartObject("node");
        json.WriteNumber("atUs", NowUs());
        json.WriteNumber("cores", usage.Cores);
        json.WriteNumber("cpuUs", usage.CpuUs);
        json.WriteNumber("memoryTotal", usage.MemoryTotal);
        json.WriteNumber("memoryAvailable", usage.MemoryAvailable);
        json.WriteNumber("load", usage.Load);
        json.WriteNumber("diskTotal", disk.TotalSize);
        json.WriteNumber("diskFree", disk.AvailableFreeSpace);
        json.WriteNumber("uptime", usage.UptimeSeconds);
        json.WriteEndObject();
        Slots(json, root, units);
    }

    private static void Slots(Utf8JsonWriter json, MachineRoot root, IReadOnlyList<UnitReport> units)
    {
        var processes = new Lazy<ProcessTable>(() => new ProcessTable(root, units));
        json.WriteStartArray("slots");
        foreach (var unit in units)
        {
            if (unit.Pid <= 0)
            {
                continue;
            }

            var usage = UnitUsage.Read(root, unit, processes);
            json.WriteStartObject();
            json.WriteString("workload", unit.Tag.Slot.Workload.Value);
            json.WriteNumber("index", unit.Tag.Slot.Index);
            json.WriteString("unit", unit.Unit);
            json.WriteNumber("pid", unit.Pid);
            json.WriteNumber("atUs", NowUs());
            json.WriteNumber("cpuUs", usage.CpuUs);
            json.WriteNumber("memory", usage.Memory);
            json.WriteNumber("tasks", usage.Tasks);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static long NowUs() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
}
