using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Inspection;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Tests.Linux.Inspection;

/// <summary>/proc and /sys in a folder.</summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FakeMachine() => Directory.CreateDirectory(Path.Combine(_folder.Path, "proc"));

    public MachineRoot Root => new(_folder.Path);

    public void Has(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.Path + path)!);
        File.WriteAllText(_folder.Path + path, text);
    }

    public void HasProcess(int pid, int session, long ticks, string name = "sh", string cgroup = "0::/\n")
    {
        Has(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), Stat(pid, session, ticks, name));
        Has(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"), cgroup);
    }

    public static string Stat(int pid, int session, long ticks, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{pid} ({name}) S 1 {pid} {session} 0 -1 4194560 100 0 0 0 {ticks} 1 2 3 20 0 2 0 5000 1000000 10 18446744073709551615\n");

    public static UnitReport Unit(string unit, int pid, string workload = "hello", int index = 0) =>
        new(new UnitTag(new SlotId(WorkloadName.Parse(workload), index), default, 1, new Epoch(1)), unit, pid, IsAlive: true);

    public void Dispose() => _folder.Dispose();
}
