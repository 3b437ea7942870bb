using System.Text.Json;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Linux.Systemd.Proxies;

namespace EdgeAgent.Linux.Inspection;

/// <summary>
/// What <c>hostnamectl</c>, <c>timedatectl</c> and <c>machinectl</c> show. Each of their services is asked over a connection that is opened for it and closed again;
/// one that doesn't answer is named in <c>noAnswer</c>, with why, and the files say what they can.
/// </summary>
public static class MachineReport
{
    private const int MachinesMax = 64;

    /// <summary>One that isn't there answers at once; one that has to be started first takes some tenths of a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Write(Utf8JsonWriter json, MachineRoot root)
    {
        var silent = new List<(string Service, string Why)>();
        using var bus = Open(silent);
        var identity = HostIdentity.OfFiles(root);
        identity = Ask(bus, "hostname1", Hostname.Read, silent)?.Or(identity) ?? identity;
        var clock = Ask(bus, "timedate1", Timedate.Read, silent);
        json.WriteStartObject("machine");
        Write(json, "hostname", identity.Name);
        Write(json, "prettyHostname", identity.PrettyName);
        Write(json, "operatingSystem", identity.OperatingSystem);
        Write(json, "kernel", identity.Kernel);
        Write(json, "vendor", identity.Vendor);
        Write(json, "model", identity.Model);
        Write(json, "chassis", identity.Chassis);
        if (clock is not null)
        {
            Write(json, "timeZone", clock.Zone);
            json.WriteBoolean("clockSynchronized", clock.IsSynchronized);
            json.WriteBoolean("clockKept", clock.IsKept);
        }

        if (Ask(bus, "machine1", MachineList.Read, silent) is { } machines)
        {
            Write(json, machines);
        }

        json.WriteStartObject("noAnswer");
        foreach (var (service, why) in silent)
        {
            json.WriteString(service, why);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<(string Name, string Class, string Service)> machines)
    {
        json.WriteStartArray("machines");
        foreach (var (name, kind, service) in machines.Take(MachinesMax))
        {
            json.WriteStartObject();
            Write(json, "name", name);
            Write(json, "class", kind);
            Write(json, "service", service);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Null where there is none.</summary>
    private static BusConnection? Open(List<(string Service, string Why)> silent)
    {
        var why = SystemdNames.NotBooted;
        try
        {
            if (Directory.Exists(SystemdNames.Booted))
            {
                return BusConnection.ToSystemBus();
            }
        }
        catch (BusException e)
        {
            why = e.Message;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            why = $"{SdBus.Library} is missing or too old";
        }

        silent.Add(("the system bus", why));
        return null;
    }

    private static T? Ask<T>(BusConnection? bus, string service, Func<BusConnection, TimeSpan, T> read, List<(string Service, string Why)> silent)
        where T : class
    {
        try
        {
            return bus is null ? null : read(bus, Patience);
        }
        catch (BusException e)
        {
            silent.Add((service, e.Message));
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, text);
        }
    }
}
