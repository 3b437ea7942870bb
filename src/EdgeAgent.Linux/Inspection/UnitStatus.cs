using System.Text.Json;
using EdgeAgent.Linux.Systemd;

namespace EdgeAgent.Linux.Inspection;

/// <summary>What <c>systemctl status</c> shows, of systemd and of any of its units.</summary>
internal static class UnitStatus
{
    private const int FailedMax = 64;

    private static readonly IReadOnlyList<(string Name, string Property)> Texts =
    [
        ("description", "Description"), ("load", "LoadState"), ("file", "FragmentPath"), ("enabled", "UnitFileState"), ("active", "ActiveState"), ("sub", "SubState"),
    ];

    /// <summary>Times are microseconds of Unix time, 0 for never.</summary>
    private static readonly IReadOnlyList<(string Name, string Property, char Type)> Times = [("activeSinceUs", "ActiveEnterTimestamp", 't'), ("inactiveSinceUs", "InactiveEnterTimestamp", 't')];

    private static readonly IReadOnlyList<(string Name, string Property, char Type)> Numbers =
    [
        ("pid", "MainPID", 'u'), ("restarts", "NRestarts", 'u'), ("exitKind", "ExecMainCode", 'i'), ("exitStatus", "ExecMainStatus", 'i'),
        ("memory", "MemoryCurrent", 't'), ("memoryMax", "MemoryMax", 't'), ("tasks", "TasksCurrent", 't'), ("tasksMax", "TasksMax", 't'), ("cpuNs", "CPUUsageNSec", 't'),
    ];

    /// <summary>The machine as its manager sees it.</summary>
    public static void WriteManager(Utf8JsonWriter json, ManagerView manager)
    {
        json.WriteStartObject("system");
        Write(json, "state", manager.TextOfManager("SystemState"));
        Write(json, "version", manager.TextOfManager("Version"));
        Write(json, "virtualization", manager.TextOfManager("Virtualization"));
        Write(json, "sinceUs", manager.NumberOfManager("UserspaceTimestamp", 't'));
        Write(json, "units", manager.NumberOfManager("NNames", 'u'));
        Write(json, "jobs", manager.NumberOfManager("NJobs", 'u'));
        Write(json, "failedUnits", manager.NumberOfManager("NFailedUnits", 'u'));
        json.WriteStartArray("failed");
        foreach (var (unit, description) in manager.InState("failed").Take(FailedMax))
        {
            json.WriteStartObject();
            json.WriteString("unit", unit);
            json.WriteString("description", description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>False where there is no such unit.</summary>
    public static bool TryWriteUnit(Utf8JsonWriter json, MachineRoot root, ManagerView manager, string unit, bool isOurs)
    {
        if (manager.Load(unit) is not { } path || manager.Text(path, SystemdNames.Unit, "LoadState") is null or "not-found")
        {
            return false;
        }

        var contract = ManagerView.ContractOf(unit);
        json.WriteString("unit", unit);
        foreach (var (name, property) in Texts)
        {
            Write(json, name, manager.Text(path, SystemdNames.Unit, property));
        }

        foreach (var (name, property, type) in Times)
        {
            Write(json, name, manager.Number(path, SystemdNames.Unit, property, type));
        }

        foreach (var (name, property, type) in Numbers)
        {
            Write(json, name, manager.Number(path, contract, property, type));
        }

        Write(json, "result", manager.Text(path, contract, "Result"));
        Write(json, "status", manager.Text(path, contract, "StatusText"));
        var group = manager.Text(path, contract, "ControlGroup");
        Write(json, "group", group);
        if (!string.IsNullOrEmpty(group))
        {
            UnitProcesses.Write(json, root, pid => Cgroups.Of(root, pid).Path is var of && (of == group || of.StartsWith($"{group}/", StringComparison.Ordinal)), isOurs);
        }

        return true;
    }

    private static void Write(Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json.WriteString(name, text);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
    }
}
