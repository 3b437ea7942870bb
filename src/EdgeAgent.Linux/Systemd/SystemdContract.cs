namespace EdgeAgent.Linux.Systemd;

/// <summary>A method of org.freedesktop.systemd1(5): its arguments and its answer as D-Bus signatures.</summary>
public sealed record BusMethod(string Contract, string Name, string Arguments, string Answer);

public sealed record BusSignal(string Contract, string Name, string Arguments);

public sealed record BusProperty(string Contract, string Name, string Type);

/// <summary>
/// All of systemd's D-Bus contract that this agent relies on, and the one place where it stands: what is called, heard and read is named by these. A system
/// test compares them with what the running systemd says of itself.
/// </summary>
public static partial class SystemdContract
{
    private const string Manager = SystemdNames.Manager;
    private const string Unit = SystemdNames.Unit;
    private const string Service = SystemdNames.Service;
    private const string Timer = "org.freedesktop.systemd1.Timer";
    private const string UnitRows = "a(ssssssouso)";
    private const string Portable = "org.freedesktop.portable1.Manager";
    private const string FileChanges = "a(sss)";

    public static readonly BusMethod Subscribe = new(Manager, "Subscribe", "", "");
    public static readonly BusMethod StartTransientUnit = new(Manager, "StartTransientUnit", "ssa(sv)a(sa(sv))", "o");
    public static readonly BusMethod StartUnit = new(Manager, "StartUnit", "ss", "o");
    public static readonly BusMethod StopUnit = new(Manager, "StopUnit", "ss", "o");
    public static readonly BusMethod RestartUnit = new(Manager, "RestartUnit", "ss", "o");
    public static readonly BusMethod ReloadUnit = new(Manager, "ReloadUnit", "ss", "o");
    public static readonly BusMethod ResetFailedUnit = new(Manager, "ResetFailedUnit", "s", "");
    public static readonly BusMethod KillUnit = new(Manager, "KillUnit", "ssi", "");
    public static readonly BusMethod SetUnitProperties = new(Manager, "SetUnitProperties", "sba(sv)", "");
    public static readonly BusMethod GetUnit = new(Manager, "GetUnit", "s", "o");
    public static readonly BusMethod LoadUnit = new(Manager, "LoadUnit", "s", "o");
    public static readonly BusMethod ListUnitsByPatterns = new(Manager, "ListUnitsByPatterns", "asas", UnitRows);
    public static readonly BusMethod ListUnitsFiltered = new(Manager, "ListUnitsFiltered", "as", UnitRows);

    public static readonly BusMethod Reload = new(Manager, "Reload", "", "");

    public static readonly BusSignal UnitRemoved = new(Manager, "UnitRemoved", "so");
    public static readonly BusSignal JobRemoved = new(Manager, "JobRemoved", "uoss");

    public static readonly BusProperty Version = new(Manager, "Version", "s");
    public static readonly BusProperty Features = new(Manager, "Features", "s");
    public static readonly BusProperty SystemState = new(Manager, "SystemState", "s");
    public static readonly BusProperty Virtualization = new(Manager, "Virtualization", "s");
    public static readonly BusProperty UserspaceTimestamp = new(Manager, "UserspaceTimestamp", "t");
    public static readonly BusProperty UserspaceTimestampMonotonic = new(Manager, "UserspaceTimestampMonotonic", "t");
    public static readonly BusProperty NNames = new(Manager, "NNames", "u");
    public static readonly BusProperty NJobs = new(Manager, "NJobs", "u");
    public static readonly BusProperty NFailedUnits = new(Manager, "NFailedUnits", "u");

    public static readonly BusProperty Description = new(Unit, "Description", "s");
    public static readonly BusProperty LoadState = new(Unit, "LoadState", "s");
    public static readonly BusProperty FragmentPath = new(Unit, "FragmentPath", "s");
    public static readonly BusProperty UnitFileState = new(Unit, "UnitFileState", "s");
    public static readonly BusProperty ActiveState = new(Unit, "ActiveState", "s");
    public static readonly BusProperty SubState = new(Unit, "SubState", "s");
    public static readonly BusProperty Job = new(Unit, "Job", "(uo)");
    public static readonly BusProperty ActiveEnterTimestamp = new(Unit, "ActiveEnterTimestamp", "t");
    public static readonly BusProperty InactiveEnterTimestamp = new(Unit, "InactiveEnterTimestamp", "t");

    public static readonly BusProperty ServiceType = new(Service, "Type", "s");
    public static readonly BusProperty Environment = new(Service, "Environment", "as");
    public static readonly BusProperty MainPid = new(Service, "MainPID", "u");
    public static readonly BusProperty NRestarts = new(Service, "NRestarts", "u");
    public static readonly BusProperty Result = new(Service, "Result", "s");
    public static readonly BusProperty ExecMainStartTimestamp = new(Service, "ExecMainStartTimestamp", "t");
    public static readonly BusProperty ExecMainCode = new(Service, "ExecMainCode", "i");
    public static readonly BusProperty ExecMainStatus = new(Service, "ExecMainStatus", "i");
    public static readonly BusProperty StatusText = new(Service, "StatusText", "s");
    public static readonly BusProperty ControlGroup = new(Service, "ControlGroup", "s");
    public static readonly BusProperty MemoryCurrent = new(Service, "MemoryCurrent", "t");
    public static readonly BusProperty MemoryMax = new(Service, "MemoryMax", "t");
    public static readonly BusProperty TasksCurrent = new(Service, "TasksCurrent", "t");
    public static readonly BusProperty TasksMax = new(Service, "TasksMax", "t");
    public static readonly BusProperty CpuUsageNSec = new(Service, "CPUUsageNSec", "t");

    public static readonly BusProperty TimerUnit = new(Timer, "Unit", "s");
    public static readonly BusProperty NextElapseMonotonic = new(Timer, "NextElapseUSecMonotonic", "t");
    public static readonly BusProperty TimerAccuracy = new(Timer, "AccuracyUSec", "t");

    public static readonly BusMethod AttachImage = new(Portable, "AttachImage", "sassbs", FileChanges);
    public static readonly BusMethod DetachImage = new(Portable, "DetachImage", "sb", FileChanges);
}
