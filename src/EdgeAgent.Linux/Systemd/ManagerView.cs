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
            using var answer = view.Ask(SystemdNames.ManagerPath, SystemdNames.Manager, "Version");
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
        using var call = _bus.NewCall(SystemdNames.Destination, SystemdNames.ManagerPath, SystemdNames.Manager, "LoadUnit").Append(unit);
        return Tolerant(() =>
        {
            using var reply = _bus.Call(call);
            return reply.ReadString('o');
        });
    }

    /// <summary>Names and descriptions of units in this state.</summary>
    public List<(string Unit, string Description)> InState(string state)
    {
        using var call = _bus.NewCall(SystemdNames.Destination, SystemdNames.ManagerPath, SystemdNames.Manager, "ListUnitsFiltered").Append([state]);
        using var reply = _bus.Call(call);
        var units = new List<(string, string)>();
        reply.Enter('a', "(ssssssouso)");
        while (reply.Enter('r', "ssssssouso"))
        {
            units.Add((reply.ReadString(), reply.ReadString()));
            reply.Skip("ssssouso");
            reply.Exit();
        }

        return units;
    }

    public string? TextOfManager(string property) => Text(SystemdNames.ManagerPath, SystemdNames.Manager, property);

    public long? NumberOfManager(string property, char type) => Number(SystemdNames.ManagerPath, SystemdNames.Manager, property, type);

    public string? Text(string path, string contract, string property) => Read(path, contract, property, "s", m => m.ReadString());

    /// <summary><paramref name="type"/> is the contract's: <c>t</c>, <c>u</c> or <c>i</c>. Null also for what the contract calls "not set", the greatest number.</summary>
    public long? Number(string path, string contract, string property, char type) => type switch
    {
        'i' => Read(path, contract, property, "i", m => (long?)m.ReadInt32()),
        'u' => Read(path, contract, property, "u", m => (long?)m.ReadUInt32()),
        _ => Read(path, contract, property, "t", m => m.ReadUInt64() is var number && number < long.MaxValue ? (long?)number : null),
    };

    /// <summary>The contract for what is special of a unit's kind: <c>Service</c> of <c>ssh.service</c>.</summary>
    public static string ContractOf(string unit)
    {
        var kind = unit[(unit.LastIndexOf('.') + 1)..];
        return kind.Length == 0 ? SystemdNames.Unit : $"{Contracts}{char.ToUpperInvariant(kind[0])}{kind[1..]}";
    }

    public void Dispose() => _bus.Dispose();

    private T? Read<T>(string path, string contract, string property, string type, Func<BusMessage, T> read) => Tolerant(() =>
    {
        using var reply = Ask(path, contract, property);
        reply.Enter('v', type);
        return read(reply);
    });

    private BusMessage Ask(string path, string contract, string property)
    {
        using var call = _bus.NewCall(SystemdNames.Destination, path, Properties, "Get").Append(contract).Append(property);
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
