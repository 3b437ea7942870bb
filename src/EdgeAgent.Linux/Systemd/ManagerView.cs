using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Reads what systemd says of itself and of any unit, property by property (org.freedesktop.systemd1(5)); what it hasn't is null. For one thread.</summary>
internal sealed class ManagerView : IDisposable
{
    private const string Contracts = "org.freedesktop.systemd1.";

    private readonly BusConnection _bus;

    private ManagerView(BusConnection bus) => _bus = bus;

    public static ManagerView Open() => ManagerBus.Reach((connection, _, _) =>
    {
        try
        {
            var view = new ManagerView(connection);
            using var answer = view.Of(SystemdNames.ManagerPath).Get(SystemdContract.Version);
            return view;
        }
        catch (BusException)
        {
            connection.Dispose();
            throw;
        }
    });

    /// <summary>The object of a unit, that is loaded for this where it isn't yet; null for a name that can't be one.</summary>
    public string? Load(string unit)
    {
        return Tolerant(() =>
        {
            using var reply = Of(SystemdNames.ManagerPath).Call(SystemdContract.LoadUnit, call => call.Append(unit));
            return reply.ReadString('o');
        });
    }

    /// <summary>Names and descriptions of units in this state.</summary>
    public List<UnitRow> InState(string state)
    {
        using var reply = Of(SystemdNames.ManagerPath).Call(SystemdContract.ListUnitsFiltered, call => call.Append([state]));
        return UnitRow.ReadAll(reply);
    }

    /// <summary>Whether a job of this unit waits or is carried out.</summary>
    public bool HasJob(string unit) => Load(unit) is { } path && Read(path, SystemdContract.Job, m => m.Enter('r', "uo") && m.ReadUInt32() > 0);

    /// <summary>Asks for a unit's start and waits until it is taken, not until it is done.</summary>
    /// <param name="unit">Its name.</param>
    /// <param name="mode">How it goes with other jobs, as <c>replace</c>: systemctl(1), --job-mode=.</param>
    public void Start(string unit, string mode) => Of(SystemdNames.ManagerPath).Call(SystemdContract.StartUnit, call => call.Append(unit).Append(mode)).Dispose();

    public string? TextOfManager(BusProperty property) => Text(SystemdNames.ManagerPath, property);

    public long? NumberOfManager(BusProperty property) => Number(SystemdNames.ManagerPath, property);

    public string? Text(string path, BusProperty property) => Read(path, property, m => m.ReadString());

    /// <summary>Null also for what the contract calls "not set", the greatest number.</summary>
    public long? Number(string path, BusProperty property) => property.Type switch
    {
        "i" => Read(path, property, m => (long?)m.ReadInt32()),
        "u" => Read(path, property, m => (long?)m.ReadUInt32()),
        _ => Read(path, property, m => m.ReadUInt64() is var number && number < long.MaxValue ? (long?)number : null),
    };

    /// <summary>What services have, of a unit of another kind: <c>Timer</c> of <c>backup.timer</c> has some of it, too.</summary>
    public static BusProperty OfKind(BusProperty property, string unit)
    {
        var kind = unit[(unit.LastIndexOf('.') + 1)..];
        return property with { Contract = $"{Contracts}{char.ToUpperInvariant(kind[0])}{kind[1..]}" };
    }

    public void Dispose() => _bus.Dispose();

    private T? Read<T>(string path, BusProperty property, Func<BusMessage, T> read) => Tolerant(() =>
    {
        using var reply = Of(path).Get(property);
        return read(reply);
    });

    private BusObject Of(string path) => new(_bus, SystemdNames.Destination, path);

    private static T? Tolerant<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (BusException e) when (!e.IsLost)
        {
            return default;
        }
    }
}
