namespace EdgeAgent.Linux.Systemd;

/// <summary>Of the services beside the manager: org.freedesktop.login1(5), hostname1(5), timedate1(5), machine1(5). None of them has to be there.</summary>
public static partial class SystemdContract
{
    private const string Login = "org.freedesktop.login1.Manager";
    private const string Host = "org.freedesktop.hostname1";
    private const string Time = "org.freedesktop.timedate1";
    private const string Machines = "org.freedesktop.machine1.Manager";

    public static readonly BusMethod Inhibit = new(Login, "Inhibit", "ssss", "h");
    public static readonly BusMethod ListInhibitors = new(Login, "ListInhibitors", "", "a(ssssuu)");
    public static readonly BusMethod CanReboot = new(Login, "CanReboot", "", "s");
    public static readonly BusMethod Reboot = new(Login, "Reboot", "b", "");

    public static readonly BusProperty StaticHostname = new(Host, "StaticHostname", "s");
    public static readonly BusProperty PrettyHostname = new(Host, "PrettyHostname", "s");
    public static readonly BusProperty Chassis = new(Host, "Chassis", "s");
    public static readonly BusProperty OperatingSystemPrettyName = new(Host, "OperatingSystemPrettyName", "s");
    public static readonly BusProperty KernelName = new(Host, "KernelName", "s");
    public static readonly BusProperty KernelRelease = new(Host, "KernelRelease", "s");
    public static readonly BusProperty HardwareVendor = new(Host, "HardwareVendor", "s");
    public static readonly BusProperty HardwareModel = new(Host, "HardwareModel", "s");

    public static readonly BusProperty Timezone = new(Time, "Timezone", "s");
    public static readonly BusProperty Ntp = new(Time, "NTP", "b");
    public static readonly BusProperty NtpSynchronized = new(Time, "NTPSynchronized", "b");

    public static readonly BusMethod ListMachines = new(Machines, "ListMachines", "", "a(ssso)");
}
