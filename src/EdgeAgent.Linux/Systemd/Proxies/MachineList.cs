using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>org.freedesktop.machine1(5): containers and virtual machines that registered with systemd-machined.</summary>
internal static class MachineList
{
    private const string Destination = "org.freedesktop.machine1";

    /// <summary>Names, classes (<c>container</c>, <c>vm</c>) and what manages each.</summary>
    public static IReadOnlyList<(string Name, string Class, string Service)> Read(BusConnection bus, TimeSpan patience)
    {
        using var reply = new BusObject(bus, Destination, "/org/freedesktop/machine1", patience).Call(SystemdContract.ListMachines);
        var machines = new List<(string Name, string Class, string Service)>();
        reply.Enter('a', "(ssso)");
        while (reply.Enter('r', "ssso"))
        {
            var machine = (reply.ReadString(), reply.ReadString(), reply.ReadString());
            reply.Skip("o");
            reply.Exit();

            // The machine itself is on the list as ".host".
            if (machine.Item2 != "host")
            {
                machines.Add(machine);
            }
        }

        return machines;
    }
}
