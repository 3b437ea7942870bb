using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Reads what systemd says of itself and of any unit, property by property (org.freedesktop.systemd1(5)); what it hasn't is null. For one thread.</summary>
internal sealed class ManagerView : IDisposable
{
    private const string Properties = "org.freedesktop.DBus.Properties";
    private const string Contracts = "org.freedesktop.systemd1.";

    private readonly BusConnection _bus;

    private ManagerView(BusConnection bus) => _bus = bus;

    public static ManagerView Open() => ManagerBus.Reach((connection, _, _) =>
    {
        try
        {
            var view = new ManagerView(connection);
            using var answer = view.Ask(SystemdNames.ManagerPath, SystemdContract.Version);
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
        using var call = _bus.NewCall(SystemdNames.Destination, SystemdNames.ManagerPath, SystemdNames.Manager, SystemdContract.LoadUnit.Name).Append(unit);
        return Tolerant(() =>
        {
            using var reply = _bus.Call(call);
            return reply.ReadString('o');
        });
    }

    /// <summary>Names and descriptions of units in this state.</summary>
    public List<UnitRow> InState(string state)
    {
        using var call = _bus.NewCall(SystemdNames.Destination, SystemdNames.ManagerPath, SystemdNames.Manager, SystemdContract.ListUnitsFiltered.Name).Append([state]);
        using var reply = _bus.Call(call);
        return UnitRow.ReadAll(reply);
    }

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
        using var reply = Ask(path, property);
        reply.Enter('v', property.Type);
        return read(reply);
    });

    private BusMessage Ask(string path, BusProperty property)
    {
        using var call = _bus.NewCall(SystemdNames.Destination, path, Properties, "Get").Append(property.Contract).Append(property.Name);
        return _bus.Call(call);
    }

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
