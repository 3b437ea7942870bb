using EdgeAgent.Linux.Inspection;
using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd.Proxies;

/// <summary>org.freedesktop.hostname1(5).</summary>
internal static class Hostname
{
    private const string Destination = "org.freedesktop.hostname1";

    private static readonly IReadOnlyList<BusProperty> Wanted =
    [
        SystemdContract.StaticHostname, SystemdContract.PrettyHostname, SystemdContract.Chassis, SystemdContract.OperatingSystemPrettyName,
        SystemdContract.KernelName, SystemdContract.KernelRelease, SystemdContract.HardwareVendor, SystemdContract.HardwareModel,
    ];

    public static HostIdentity Read(BusConnection bus, TimeSpan patience)
    {
        var texts = new BusObject(bus, Destination, "/org/freedesktop/hostname1", patience).GetTexts(Wanted);
        string Text(BusProperty property) => texts.GetValueOrDefault(property.Name, "");
        return new HostIdentity
        {
            Name = Text(SystemdContract.StaticHostname),
            PrettyName = Text(SystemdContract.PrettyHostname),
            Chassis = Text(SystemdContract.Chassis),
            OperatingSystem = Text(SystemdContract.OperatingSystemPrettyName),
            Kernel = $"{Text(SystemdContract.KernelName)} {Text(SystemdContract.KernelRelease)}".Trim(),
            Vendor = Text(SystemdContract.HardwareVendor),
            Model = Text(SystemdContract.HardwareModel),
        };
    }
}
