using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>One object of a service on a bus. Answers are the caller's to dispose; what goes wrong is a <see cref="BusException"/>.</summary>
/// <param name="bus">The connection.</param>
/// <param name="destination">The service's name.</param>
/// <param name="path">The object's.</param>
/// <param name="patience">How long an answer may take; null: as long as the connection gives any call.</param>
internal readonly struct BusObject(BusConnection bus, string destination, string path, TimeSpan? patience = null)
{
    private const string Properties = "org.freedesktop.DBus.Properties";

    public BusMessage Call(BusMethod method, Action<BusMessage>? arguments = null)
    {
        using var call = bus.NewCall(destination, path, method.Contract, method.Name);
        arguments?.Invoke(call);
        return bus.Call(call, patience);
    }

    /// <summary>Stands at the property's value.</summary>
    public BusMessage Get(BusProperty property)
    {
        using var call = bus.NewCall(destination, path, Properties, "Get").Append(property.Contract).Append(property.Name);
        var reply = bus.Call(call, patience);
        reply.Enter('v', property.Type);
        return reply;
    }

    /// <summary>All of these, of one contract, in one call: a service that is started by it answers once, or not at all. What it hasn't is not in it.</summary>
    public IReadOnlyDictionary<string, string> GetTexts(IReadOnlyList<BusProperty> wanted)
    {
        using var call = bus.NewCall(destination, path, Properties, "GetAll").Append(wanted[0].Contract);
        using var reply = bus.Call(call, patience);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        reply.Enter('a', "{sv}");
        while (reply.Enter('e', "sv"))
        {
            var name = reply.ReadString();
            if (Find(wanted, name) is { } property)
            {
                reply.Enter('v', property.Type);
                found[name] = property.Type == "b" ? (reply.ReadBoolean() ? bool.TrueString : bool.FalseString) : reply.ReadString();
                reply.Exit();
            }
            else
            {
                reply.Skip("v");
            }

            reply.Exit();
        }

        return found;
    }

    private static BusProperty? Find(IReadOnlyList<BusProperty> wanted, string name)
    {
        foreach (var property in wanted)
        {
            if (property.Name == name)
            {
                return property;
            }
        }

        return null;
    }
}
