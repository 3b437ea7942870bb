using System.Globalization;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Whether the kernel holds a process as strictly as its unit was told: a drop-in of the device, or a kernel that lacks something, may have undone it (proc_pid_status(5)).</summary>
public static class SandboxProof
{
    private const string Filtered = "2";

    /// <summary>What of it doesn't hold, for a person; empty: all holds, or the process has ended.</summary>
    public static string Lacking(int pid)
    {
        try
        {
            return Lacking(
                File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status")),
                new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/mnt")).LinkTarget,
                new FileInfo("/proc/1/ns/mnt").LinkTarget);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <param name="status">Of the process.</param>
    /// <param name="mounts">Its namespace of mounts; null: it has ended.</param>
    /// <param name="systemMounts">The system's. Who has that has nothing read-only and nothing hidden.</param>
    public static string Lacking(IReadOnlyList<string> status, string? mounts, string? systemMounts)
    {
        List<string> lacking = [];
        Want("Uid", v => !v.Split('\t').Contains("0"), "it runs as root");
        Want("CapBnd", v => v.All(c => c == '0'), "it can have capabilities");
        Want("CapEff", v => v.All(c => c == '0'), "it has capabilities");
        Want("NoNewPrivs", v => v == "1", "it can gain privileges");
        Want("Seccomp", v => v == Filtered, "its system calls are not filtered");
        if (mounts is not null && mounts == systemMounts)
        {
            lacking.Add("it has the system's own mounts");
        }

        return string.Join(", ", lacking);

        void Want(string name, Func<string, bool> holds, string otherwise)
        {
            var value = status.FirstOrDefault(l => l.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..].Trim();
            if (value is null || !holds(value))
            {
                lacking.Add(otherwise);
            }
        }
    }
}
