using System.Globalization;

namespace EdgeAgent.Linux.Inspection;

/// <summary>Which process has a socket open, by the links in /proc/PID/fd (proc_pid_fd(5)). Where the agent may not look, it is nobody's.</summary>
public static class SocketOwners
{
    private const string Begin = "socket:[";

    /// <summary>The first process of each socket that was asked for.</summary>
    public static Dictionary<uint, int> Of(MachineRoot root, IReadOnlySet<uint> inodes)
    {
        var owners = new Dictionary<uint, int>();
        foreach (var pid in root.Processes())
        {
            if (owners.Count == inodes.Count)
            {
                break;
            }

            try
            {
                foreach (var file in Directory.EnumerateFileSystemEntries(root.Of(MachineRoot.ProcessFile(pid, "fd"))))
                {
                    if (TryInode(new FileInfo(file).LinkTarget, out var inode) && inodes.Contains(inode))
                    {
                        owners.TryAdd(inode, pid);
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or isn't ours to look into.
            }
        }

        return owners;
    }

    private static bool TryInode(string? target, out uint inode)
    {
        inode = 0;
        return target is not null && target.StartsWith(Begin, StringComparison.Ordinal) && target.EndsWith(']')
            && uint.TryParse(target.AsSpan()[Begin.Length..^1], NumberStyles.None, CultureInfo.InvariantCulture, out inode);
    }
}
