using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What the manager that this agent talks to can confine work with. The machine's manager can do all of it. A user's makes its mounts and drops its
/// capabilities in a user namespace (systemd.exec(5), PrivateUsers=), and where the kernel gives unprivileged users none it can do next to nothing.
/// </summary>
/// <param name="IsSystem">The machine's manager.</param>
/// <param name="HasUserNamespaces">An unprivileged user may make them.</param>
/// <param name="HasUserNamespacesAsRoot">Root may.</param>
/// <param name="HasFilters">The kernel can filter system calls.</param>
public sealed record Confinement(bool IsSystem, bool HasUserNamespaces, bool HasUserNamespacesAsRoot, bool HasFilters)
{
    private const string Limit = "/proc/sys/user/max_user_namespaces";

    private const string OwnStatus = "/proc/self/status";

    /// <summary>Debian's switch; 0: not for unprivileged users.</summary>
    private const string DebianSwitch = "/proc/sys/kernel/unprivileged_userns_clone";

    /// <summary>Ubuntu's since 23.10; 1: without capabilities, so that nothing can be mounted in them.</summary>
    private const string UbuntuRestriction = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

    /// <summary>Of the unified hierarchy; the older one's are not a service manager's alone.</summary>
    private const string Controllers = "/sys/fs/cgroup/cgroup.controllers";

    /// <summary>There where the kernel was built with ceilings (CONFIG_CFS_BANDWIDTH); kernels of small boards have weights alone.</summary>
    private const string Bandwidth = "/proc/sys/kernel/sched_cfs_bandwidth_slice_us";

    /// <summary>The kernel keeps work below a ceiling of the processors' time.</summary>
    public static bool HasCeilings => Environment.IsPrivilegedProcess && File.Exists(Bandwidth) && Read(Controllers)?.Split(' ').Contains("cpu", StringComparer.Ordinal) == true;

    /// <summary>Control groups are of version 2 alone.</summary>
    public static bool HasUnifiedGroups => File.Exists(Controllers);

    /// <summary>No new privileges, no capabilities, the system read-only, a /tmp of its own.</summary>
    public bool IsWhole => IsSystem || HasUserNamespaces;

    private bool IsStrict => IsSystem && HasFilters;

    /// <summary>Users of its own, devices of its own: only the machine's manager can make them. Where a manifest says nothing, it does.</summary>
    public bool IsStrictFor(SandboxLevel level) => IsStrict && level is SandboxLevel.Default or SandboxLevel.Strict;

    /// <summary>What work is confined with where its manifest says nothing.</summary>
    public string Name => IsStrict ? "strict" : IsWhole ? "basic" : "partial";

    /// <summary>What manifests can ask for, as intents name it.</summary>
    public IReadOnlyList<string> Features =>
        [.. IsStrict ? ["sandbox.strict/1", "sandbox.devices/1"] : Array.Empty<string>(), .. IsWhole ? ["sandbox.relaxed/1"] : Array.Empty<string>(), .. IsSystem ? ["state.folder/1"] : Array.Empty<string>()];

    /// <summary>Through these, work could have its manager start something that isn't confined. Where one of them isn't there, the "-" leaves it out.</summary>
    public IReadOnlyList<string> Doors()
    {
        string[] system = ["-/run/systemd/private", "-/run/dbus/system_bus_socket"];
        return Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } user && !IsSystem
            ? [.. system, $"-{user}/systemd/private", $"-{user}/bus"]
            : system;
    }

    public static Confinement OfThisMachine()
    {
        var hasUserNamespaces = Read(Limit) is not (null or "0");
        return new(
            Environment.IsPrivilegedProcess,
            hasUserNamespaces && Read(DebianSwitch) is not "0" && Read(UbuntuRestriction) is not "1",
            hasUserNamespaces,
            Read(OwnStatus)?.Contains("\nSeccomp:", StringComparison.Ordinal) == true);
    }

    /// <summary>Null where the kernel doesn't have it.</summary>
    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
