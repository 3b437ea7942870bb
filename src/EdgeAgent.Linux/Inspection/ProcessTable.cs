using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>All processes at one time, and which unit of work each belongs to: by its control group, or by the session that its first process leads.</summary>
public sealed class ProcessTable
{
    private readonly Dictionary<int, (ProcessStat Stat, UnitReport? Owner)> _processes = [];

    public ProcessTable(MachineRoot root, IReadOnlyList<UnitReport> units)
    {
        var bySession = new Dictionary<int, UnitReport>();
        var byName = new Dictionary<string, UnitReport>(StringComparer.Ordinal);
        foreach (var unit in units)
        {
            byName[unit.Unit] = unit;
            if (unit.Pid > 0)
            {
                bySession[unit.Pid] = unit;
            }
        }

        foreach (var pid in root.Processes())
        {
            if (ProcessStat.TryParse(root.Text(MachineRoot.ProcessFile(pid, "stat")), out var stat))
            {
                _processes[pid] = (stat, OwnerByGroup(Cgroups.Of(root, pid).Path, byName) ?? bySession.GetValueOrDefault(stat.Session));
            }
        }
    }

    public string NameOf(int pid) => _processes.TryGetValue(pid, out var process) ? process.Stat.Name : "";

    public UnitReport? OwnerOf(int pid) => _processes.TryGetValue(pid, out var process) ? process.Owner : null;

    /// <summary>The sum over all processes of a unit.</summary>
    public (long CpuUs, long Memory, long Tasks) Of(UnitReport unit)
    {
        long ticks = 0, pages = 0, tasks = 0;
        foreach (var (stat, owner) in _processes.Values)
        {
            if (ReferenceEquals(owner, unit))
            {
                ticks += stat.CpuTicks;
                pages += stat.ResidentPages;
                tasks += stat.Threads;
            }
        }

        return (ticks * ProcessStat.MicrosecondsPerTick, pages * Environment.SystemPageSize, tasks);
    }

    private static UnitReport? OwnerByGroup(string path, Dictionary<string, UnitReport> byName)
    {
        foreach (var part in path.Split('/'))
        {
            if (byName.TryGetValue(part, out var unit))
            {
                return unit;
            }
        }

        return null;
    }
}
