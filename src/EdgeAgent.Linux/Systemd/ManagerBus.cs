using System.Globalization;
using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>The calls of org.freedesktop.systemd1(5) that this runtime makes, and no others. For one thread.</summary>
internal sealed class ManagerBus : IDisposable
{
    private const string Destination = SystemdNames.Destination;
    private const string ManagerPath = SystemdNames.ManagerPath;
    private const string Manager = SystemdNames.Manager;
    private const string PrivateSocket = "/run/systemd/private";

    private readonly BusConnection _bus;

    private ManagerBus(BusConnection bus, bool isSystem)
    {
        (_bus, IsSystem) = (bus, isSystem);
        Version = ReadVersion();
    }

    public int Fd => _bus.Fd;

    /// <summary>The machine's manager, not a user's.</summary>
    public bool IsSystem { get; }

    /// <summary>The number that its releases count with, such as 252.</summary>
    public int Version { get; }

    /// <summary>As root to the machine's manager, otherwise to the user's; over its own socket where that can be reached, else over the bus.</summary>
    public static ManagerBus Connect() => Reach(Greeted);

    /// <summary>What <paramref name="greet"/> makes of the best connection that it gets an answer on: is it the machine's manager, and is it reached over the bus?</summary>
    public static T Reach<T>(Func<BusConnection, bool, bool, T> greet)
    {
        var isSystem = Environment.IsPrivilegedProcess;
        var socket = isSystem ? PrivateSocket : $"{Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR")}/systemd/private";
        try
        {
            return greet(BusConnection.ToSocket(socket), isSystem, false);
        }
        catch (BusException)
        {
            return greet(isSystem ? BusConnection.ToSystemBus() : BusConnection.ToUserBus(), isSystem, true);
        }
    }

    /// <summary>False where there is no such unit.</summary>
    public bool TryStop(string unit) => TryAct(SystemdContract.StopUnit, call => call.Append(unit).Append("replace"));

    public bool TryResetFailed(string unit) => TryAct(SystemdContract.ResetFailedUnit, call => call.Append(unit));

    /// <summary>To every process of the unit.</summary>
    public bool TryKill(string unit, int signal) => TryAct(SystemdContract.KillUnit, call => call.Append(unit).Append("all").Append(signal));

    /// <summary>Whether the manager knows it: it forgets what is down and has no process left (systemd.unit(5), CollectMode=).</summary>
    public bool IsLoaded(string unit) => TryAct(SystemdContract.GetUnit, call => call.Append(unit));

    /// <summary>Names of the loaded units that match.</summary>
    public List<string> List(string pattern)
    {
        using var call = New(SystemdContract.ListUnitsByPatterns).Append([]).Append([pattern]);
        using var reply = _bus.Call(call);
        return UnitRow.ReadAll(reply).ConvertAll(r => r.Unit);
    }

    /// <summary>Null where there is no such unit.</summary>
    public UnitSnapshot? Read(string unit)
    {
        // A property of an unknown unit could be read as well: asking for it by its path makes the manager load it.
        if (!IsLoaded(unit))
        {
            return null;
        }

        var path = UnitName.PathOf(unit);
        var unitNow = UnitSnapshot.Blank;
        foreach (var (property, read) in IsService(unit) ? UnitFields.All : UnitFields.OfAnyUnit)
        {
            unitNow = Get(path, property, v => read(v))(unitNow);
        }

        return unitNow;
    }

    /// <summary>Also of a unit that isn't loaded: <c>loaded</c>, <c>not-found</c>, <c>masked</c>, … (org.freedesktop.systemd1(5), LoadState).</summary>
    public string ReadLoadState(string unit) => Get(UnitName.PathOf(unit), SystemdContract.LoadState, v => v.ReadString());

    /// <summary>False of what is no service.</summary>
    public bool IsOneshot(string unit) => IsService(unit) && Get(UnitName.PathOf(unit), SystemdContract.ServiceType, v => v.ReadString()) == "oneshot";

    /// <summary>A service that is down may have left processes in its control group (systemd.kill(5), KillMode=).</summary>
    public bool HasNoProcess(string unit) => !IsService(unit) || Get(UnitName.PathOf(unit), SystemdContract.ControlGroup, v => v.ReadString()).Length == 0;

    /// <summary>What it was built with: <c>+PAM +AUDIT -APPARMOR …</c>.</summary>
    public string ReadFeatures() => Get(ManagerPath, SystemdContract.Features, v => v.ReadString());

    /// <summary>In bytes; the greatest number: no limit. 0 of what is no service.</summary>
    public ulong ReadMemoryMax(string unit) => IsService(unit) ? Number(UnitName.PathOf(unit), SystemdContract.MemoryMax) : 0;

    /// <summary>Null where there is no such unit.</summary>
    public TimerSnapshot? ReadTimer(string unit)
    {
        if (Read(unit) is not { } now)
        {
            return null;
        }

        var path = UnitName.PathOf(unit);
        return new TimerSnapshot
        {
            IsWaiting = now is { ActiveState: "active", SubState: "waiting" },
            Starts = Get(path, SystemdContract.TimerUnit, v => v.ReadString()),
            ElapsesAtMicroseconds = Number(path, SystemdContract.NextElapseMonotonic),
            AccuracyMicroseconds = Number(path, SystemdContract.TimerAccuracy),
        };
    }

    /// <summary>It is active, and nobody has asked for its stop: of a unit that stands as it is, no job remains.</summary>
    public bool Stays(string unit) => Read(unit) is { ActiveState: "active", HasJob: false };

    /// <summary>When it began, on the monotonic clock: not that of the kernel, and in a container not its machine's.</summary>
    public ulong UserspaceStartMicroseconds => Number(ManagerPath, SystemdContract.UserspaceTimestampMonotonic);

    /// <summary>Of what is no service: nothing.</summary>
    public List<string> ReadEnvironment(string unit) => !IsService(unit) ? [] : Get(UnitName.PathOf(unit), SystemdContract.Environment, v =>
    {
        var variables = new List<string>();
        v.Enter('a', "s");
        while (v.TryReadString(out var variable))
        {
            variables.Add(variable);
        }

        return variables;
    });

    /// <summary>What changed: the next signal that names a unit. Null for a message of another kind, false where none waits.</summary>
    public bool TryHear(out UnitSignal? signal)
    {
        signal = null;
        if (!_bus.TryTake(out var message))
        {
            return false;
        }

        using (message)
        {
            signal = message is null ? null : UnitSignal.Of(message);
        }

        return true;
    }

    public void Dispose() => _bus.Dispose();

    private static bool IsService(string unit) => unit.EndsWith(".service", StringComparison.Ordinal);

    private static ManagerBus Greeted(BusConnection connection, bool isSystem, bool overBus)
    {
        try
        {
            var manager = new ManagerBus(connection, isSystem);
            manager.Subscribe(overBus);
            return manager;
        }
        catch (BusException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Asks for a unit's job, and doesn't wait: <see cref="TryHear"/> gives the answer under this number, and later how the job ended.</summary>
    public ulong Begin(BusMethod method, string unit)
    {
        using var call = New(method).Append(unit).Append("replace");
        return _bus.Send(call);
    }

    /// <summary>As <see cref="Begin"/>: a new unit with these properties, and its start.</summary>
    public ulong BeginTransient(string unit, Action<BusMessage> properties)
    {
        using var call = New(SystemdContract.StartTransientUnit);
        call.Append(unit).Append("fail").Inside('a', "(sv)", properties).Inside('a', "(sa(sv))", _ => { });
        return _bus.Send(call);
    }

    /// <summary>Changes a unit that is loaded, until it is unloaded. False: there is none.</summary>
    public bool TrySet(string unit, Action<BusMessage> properties) => TryAct(SystemdContract.SetUnitProperties, call => call.Append(unit).Append(true).Inside('a', "(sv)", properties));

    /// <summary>For poll(2).</summary>
    public short Events => _bus.Events;

    private void Subscribe(bool overBus)
    {
        if (overBus)
        {
            Match($"type='signal',sender='{Destination}',path='{ManagerPath}',interface='{Manager}'");
            Match($"type='signal',sender='{Destination}',path_namespace='{SystemdNames.UnitsPath}',interface='org.freedesktop.DBus.Properties'");
        }

        // Over its own socket the manager tells everything unasked, and takes this call all the same.
        using var call = New(SystemdContract.Subscribe);
        using var reply = _bus.Call(call);
    }

    private void Match(string rule)
    {
        using var call = _bus.NewCall("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch").Append(rule);
        using var reply = _bus.Call(call);
    }

    private BusMessage New(BusMethod method) => _bus.NewCall(Destination, ManagerPath, method.Contract, method.Name);

    private bool TryAct(BusMethod method, Action<BusMessage> arguments)
    {
        using var call = New(method);
        arguments(call);
        try
        {
            using var reply = _bus.Call(call);
            return true;
        }
        catch (BusException e) when (e.Name == SystemdNames.NoSuchUnit)
        {
            return false;
        }
    }

    private ulong Number(string path, BusProperty property) => Get(path, property, v => v.ReadUInt64());

    private T Get<T>(string path, BusProperty property, Func<BusMessage, T> read)
    {
        using var call = _bus.NewCall(Destination, path, "org.freedesktop.DBus.Properties", "Get").Append(property.Contract).Append(property.Name);
        using var reply = _bus.Call(call);
        reply.Enter('v', property.Type);
        return read(reply);
    }

    /// <summary>Its text is the distribution's: <c>252.39-1~deb12u1</c>, <c>v256</c>.</summary>
    private int ReadVersion()
    {
        var text = Get(ManagerPath, SystemdContract.Version, v => v.ReadString()).TrimStart('v');
        var end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
