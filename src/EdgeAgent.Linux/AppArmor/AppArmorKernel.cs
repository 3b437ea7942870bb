using System.Text;
using EdgeAgent.Linux.Inspection;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>What the kernel says of AppArmor (apparmor(7), and the kernel's securityfs).</summary>
public static class AppArmorKernel
{
    /// <summary>Readable whenever a profile was loaded, replaced or removed.</summary>
    public const string Revision = $"{Root}/revision";

    private const string Root = "/sys/kernel/security/apparmor";
    private const string Enabled = "/sys/module/apparmor/parameters/enabled";

    private static readonly MachineRoot Machine = new("");

    /// <summary>Since Linux 5.8 each module has its own; before, the one of the major module.</summary>
    private static readonly string[] Attributes = ["attr/apparmor/current", "attr/current"];

    /// <summary>Also: it says which profiles it has.</summary>
    public static bool IsEnabled => Machine.Text(Enabled).TrimEnd() == "Y" && File.Exists($"{Root}/profiles");

    /// <summary>Whether a profile is loaded with this mode.</summary>
    public static bool Has(ProfileLabel label) => Machine.Lines($"{Root}/profiles").Contains(label.ToString(), StringComparer.Ordinal);

    /// <summary>Takes a profile out, with those within it, by its name: the parser would compile it first. Throws <see cref="IOException"/>, also where it isn't loaded.</summary>
    public static void Remove(string name)
    {
        using var remove = new FileStream($"{Root}/.remove", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        remove.Write(Encoding.UTF8.GetBytes(name));
    }

    /// <summary>What holds a process, as <c>NAME (enforce)</c> or <c>unconfined</c>; empty: it has ended.</summary>
    public static string LabelOf(int pid) => Attributes.Select(a => Machine.Text(MachineRoot.ProcessFile(pid, a))).FirstOrDefault(l => l.Length > 0)?.TrimEnd('\n', '\0') ?? "";
}
