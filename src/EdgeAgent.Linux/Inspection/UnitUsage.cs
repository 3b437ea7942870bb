using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>What a unit of work uses. <paramref name="CpuUs"/> counts from its start; memory is in bytes; tasks are threads.</summary>
public readonly record struct UnitUsage(long CpuUs, long Memory, long Tasks)
{
    private const long NanosecondsPerMicrosecond = 1000;

    /// <summary>From the unit's control group, and what that doesn't tell from its processes. <paramref name="processes"/> is read only if it is needed.</summary>
    public static UnitUsage Read(MachineRoot root, UnitReport unit, Lazy<ProcessTable> processes)
    {
        var groups = Cgroups.Of(root, unit.Pid);
        var cpu = groups.FileOf(unit.Unit, "cpu.stat", "cpuacct", "cpuacct.usage") is { } cpuFile
            ? root.Number(cpuFile, "usage_usec") ?? (root.Number(cpuFile) / NanosecondsPerMicrosecond)
            : null;
        var memory = groups.FileOf(unit.Unit, "memory.current", "memory", "memory.usage_in_bytes") is { } memoryFile ? root.Number(memoryFile) : null;
        var tasks = groups.FileOf(unit.Unit, "pids.current", "pids", "pids.current") is { } tasksFile ? root.Number(tasksFile) : null;
        if (cpu is { } c && memory is { } m && tasks is { } t)
        {
            return new UnitUsage(c, m, t);
        }

        var sum = processes.Value.Of(unit);
        return new UnitUsage(cpu ?? sum.CpuUs, memory ?? sum.Memory, tasks ?? sum.Tasks);
    }
}
