namespace EdgeAgent.Linux.Inspection;

/// <summary>
/// Where a process is in the trees of control groups, by /proc/PID/cgroup (cgroups(7)): one tree in version 2, one for each controller in version 1.
/// </summary>
internal sealed class Cgroups
{
    private const string Mount = "/sys/fs/cgroup";
    private const string NamedTree = "name=systemd";
    private const int Parts = 3;

    private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);

    public static Cgroups Of(MachineRoot root, int pid)
    {
        var found = new Cgroups();
        foreach (var line in root.Lines(MachineRoot.ProcessFile(pid, "cgroup")))
        {
            var parts = line.Split(':', Parts);
            if (parts.Length == Parts)
            {
                foreach (var controller in parts[1].Split(','))
                {
                    found._paths[controller] = parts[2];
                }
            }
        }

        return found;
    }

    /// <summary>In systemd's own tree; "" where there is none.</summary>
    public string Path => _paths.TryGetValue(NamedTree, out var path) || _paths.TryGetValue("", out path) ? path : "";

    public bool IsIn(string unit) => IsIn(Path, unit);

    /// <summary>
    /// A file of the unit's group: <paramref name="unified"/> of version 2, else <paramref name="file"/> of the controller. Null where that controller
    /// doesn't tell this unit from others, as in a container that was given none.
    /// </summary>
    public string? FileOf(string unit, string unified, string controller, string file)
    {
        if (_paths.TryGetValue(controller, out var path))
        {
            return IsIn(path, unit) ? $"{Mount}/{controller}{UpTo(path, unit)}/{file}" : null;
        }

        return FolderOf(unit) is { } folder ? $"{folder}/{unified}" : null;
    }

    /// <summary>The unit's group in the tree of version 2; null where it isn't in it.</summary>
    public string? FolderOf(string unit) => _paths.TryGetValue("", out var path) && IsIn(path, unit) ? $"{Mount}{UpTo(path, unit)}" : null;

    private static bool IsIn(string path, string unit) => path.EndsWith($"/{unit}", StringComparison.Ordinal) || path.Contains($"/{unit}/", StringComparison.Ordinal);

    // A process may sit in a group below its unit's.
    private static string UpTo(string path, string unit) => path[..(path.IndexOf($"/{unit}", StringComparison.Ordinal) + unit.Length + 1)];
}
