using System.Text.Json;
using EdgeAgent.Linux.Systemd;

namespace EdgeAgent.Linux.Inspection;

/// <summary>What <c>systemctl status</c> shows, of systemd and of any of its units.</summary>
internal static class UnitStatus
{
    private const int FailedMax = 64;

    /// <summary>Of every unit. Times are microseconds of Unix time, 0 for never.</summary>
    private static readonly IReadOnlyList<(string Name, BusProperty Property)> OfUnits =
    [
        ("description", SystemdContract.Description), ("load", SystemdContract.LoadState), ("file", SystemdContract.FragmentPath), ("enabled", SystemdContract.UnitFileState),
        ("active", SystemdContract.ActiveState), ("sub", SystemdContract.SubState),
        ("activeSinceUs", SystemdContract.ActiveEnterTimestamp), ("inactiveSinceUs", SystemdContract.InactiveEnterTimestamp),
    ];

    /// <summary>Of services, and of other kinds as far as they have it.</summary>
    private static readonly IReadOnlyList<(string Name, BusProperty Property)> OfServices =
    [
        ("pid", SystemdContract.MainPid), ("restarts", SystemdContract.NRestarts), ("exitKind", SystemdContract.ExecMainCode), ("exitStatus", SystemdContract.ExecMainStatus),
        ("memory", SystemdContract.MemoryCurrent), ("memoryMax", SystemdContract.MemoryMax), ("tasks", SystemdContract.TasksCurrent), ("tasksMax", SystemdContract.TasksMax),
        ("cpuNs", SystemdContract.CpuUsageNSec), ("result", SystemdContract.Result), ("status", SystemdContract.StatusText), ("group", SystemdContract.ControlGroup),
    ];

    /// <summary>The machine as its manager sees it.</summary>
    public static void WriteManager(Utf8JsonWriter json, ManagerView manager)
    {
        json.WriteStartObject("system");
        Write(json, "state", manager.TextOfManager(SystemdContract.SystemState));
        Write(json, "version", manager.TextOfManager(SystemdContract.Version));
        Write(json, "virtualization", manager.TextOfManager(SystemdContract.Virtualization));
        Write(json, "sinceUs", manager.NumberOfManager(SystemdContract.UserspaceTimestamp));
        Write(json, "units", manager.NumberOfManager(SystemdContract.NNames));
        Write(json, "jobs", manager.NumberOfManager(SystemdContract.NJobs));
        Write(json, "failedUnits", manager.NumberOfManager(SystemdContract.NFailedUnits));
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
        if (manager.Load(unit) is not { } path || manager.Text(path, SystemdContract.LoadState) is null or "not-found")
        {
            return false;
        }

        json.WriteString("unit", unit);
        foreach (var (name, property) in OfUnits)
        {
            Write(json, manager, path, name, property);
        }

        foreach (var (name, property) in OfServices)
        {
            Write(json, manager, path, name, ManagerView.OfKind(property, unit));
        }

        var group = manager.Text(path, ManagerView.OfKind(SystemdContract.ControlGroup, unit));
        if (!string.IsNullOrEmpty(group))
        {
            UnitProcesses.Write(json, root, pid => Cgroups.Of(root, pid).Path is var of && (of == group || of.StartsWith($"{group}/", StringComparison.Ordinal)), isOurs);
        }

        return true;
    }

    private static void Write(Utf8JsonWriter json, ManagerView manager, string path, string name, BusProperty property)
    {
        if (property.Type == "s")
        {
            Write(json, name, manager.Text(path, property));
        }
        else
        {
            Write(json, name, manager.Number(path, property));
        }
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
