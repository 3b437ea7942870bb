using System.Globalization;
using System.Runtime.InteropServices;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Daemon.Machine;

/// <summary>What this machine is, from /proc, /sys and os-release.</summary>
public sealed record MachineFacts(Resources Capacity, string Architecture, string OperatingSystem, string Kernel, IReadOnlyDictionary<string, string> Facts)
{
    private const long TasksOfMachineMax = 32 * 1024;
    private const long Ki = 1024;

    public static MachineFacts Read(string stateDirectory)
    {
        var memory = Memory();
        var disk = new DriveInfo(stateDirectory).AvailableFreeSpace;
        var cores = Environment.ProcessorCount;
        var tasks = Math.Min(TasksOfMachineMax, Number("/proc/sys/kernel/pid_max") ?? TasksOfMachineMax);
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["cpu.cores"] = cores.ToString(CultureInfo.InvariantCulture),
            ["memory.total"] = new ByteCount(memory / Ki * Ki).ToString(),
            ["lsm"] = Lsm(),
        };
        return new MachineFacts(new Resources(new(cores * 1000L), new(memory), new(disk), tasks), DebianArchitecture(), Release(), First("/proc/sys/kernel/osrelease"), facts);
    }

    private static string DebianArchitecture() => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static long Memory()
    {
        var line = Lines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal)) ?? "";
        var total = long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1), NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib * Ki : 0;
        // In a container the cgroup's limit is what there is.
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return total == 0 || (limit > 0 && limit < total) ? limit : total;
    }

    private static string Lsm()
    {
        var modules = First("/sys/kernel/security/lsm").Split(',');
        return modules.FirstOrDefault(m => m is "apparmor" or "selinux") ?? "none";
    }

    private static string Release()
    {
        var line = Lines("/etc/os-release").FirstOrDefault(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal));
        return line is null ? "Linux" : line["PRETTY_NAME=".Length..].Trim('"');
    }

    private static long? Number(string file) => long.TryParse(First(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string First(string file) => Lines(file).FirstOrDefault() ?? "";

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
