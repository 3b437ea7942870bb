namespace EdgeAgent.Linux.Inspection;

/// <summary>What <c>hostnamectl</c> shows of a machine; "" is what isn't known.</summary>
public sealed record HostIdentity
{
    public string Name { get; init; } = "";

    public string PrettyName { get; init; } = "";

    /// <summary>As hostnamed calls it: <c>desktop</c>, <c>laptop</c>, <c>server</c>, <c>vm</c>, <c>container</c>, <c>embedded</c>, …</summary>
    public string Chassis { get; init; } = "";

    public string OperatingSystem { get; init; } = "";

    public string Kernel { get; init; } = "";

    public string Vendor { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>With no service to ask: os-release(5), the kernel, and DMI or the device tree for the hardware.</summary>
    public static HostIdentity OfFiles(MachineRoot root) => new()
    {
        Name = Line(root, "/proc/sys/kernel/hostname"),
        OperatingSystem = Array.Find(root.Lines("/etc/os-release"), l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?["PRETTY_NAME=".Length..].Trim('"') ?? "",
        Kernel = $"{Line(root, "/proc/sys/kernel/ostype")} {Line(root, "/proc/sys/kernel/osrelease")}".Trim(),
        Vendor = Line(root, "/sys/class/dmi/id/sys_vendor"),
        Model = Line(root, "/sys/class/dmi/id/product_name") is { Length: > 0 } product ? product : Line(root, "/proc/device-tree/model"),
        Chassis = ChassisOf(root.Number("/sys/class/dmi/id/chassis_type")),
    };

    /// <summary>Where this one knows nothing, the other's word.</summary>
    public HostIdentity Or(HostIdentity other) => new()
    {
        Name = First(Name, other.Name),
        PrettyName = First(PrettyName, other.PrettyName),
        Chassis = First(Chassis, other.Chassis),
        OperatingSystem = First(OperatingSystem, other.OperatingSystem),
        Kernel = First(Kernel, other.Kernel),
        Vendor = First(Vendor, other.Vendor),
        Model = First(Model, other.Model),
    };

    private static string First(string one, string other) => one.Length > 0 ? one : other;

    /// <summary>A device tree's text ends with a NUL.</summary>
    private static string Line(MachineRoot root, string path) => root.Text(path).Trim('\0', '\n', ' ');

    /// <summary>SMBIOS specification, 7.4.1, as hostnamed reads it.</summary>
    private static string ChassisOf(long? dmi) => dmi switch
    {
        3 or 4 or 6 or 7 or 13 or 35 or 36 => "desktop",
        8 or 9 or 10 or 14 => "laptop",
        11 => "handset",
        17 or 28 or 29 => "server",
        30 => "tablet",
        31 or 32 => "convertible",
        33 or 34 => "embedded",
        _ => "",
    };
}
