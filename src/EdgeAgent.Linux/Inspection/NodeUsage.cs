using System.Globalization;

namespace EdgeAgent.Linux.Inspection;

/// <summary>How the whole machine is used. <paramref name="CpuUs"/> counts from the boot over all processors; the rest is as it is now, in bytes.</summary>
public sealed record NodeUsage(int Cores, long CpuUs, long MemoryTotal, long MemoryAvailable, double Load, long UptimeSeconds)
{
    private const long Ki = 1024;

    // Of /proc/stat's line "cpu": user, nice, system, idle, iowait, irq, softirq. Stolen time isn't ours; a guest's is in user (proc_stat(5)).
    private static readonly int[] BusyAt = [1, 2, 3, 6, 7];

    public static NodeUsage Read(MachineRoot root)
    {
        long ticks = 0;
        var cores = 0;
        foreach (var line in root.Lines("/proc/stat"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields is ["cpu", ..])
            {
                foreach (var at in BusyAt)
                {
                    ticks += at < fields.Length && long.TryParse(fields[at], NumberStyles.None, CultureInfo.InvariantCulture, out var some) ? some : 0;
                }
            }
            else if (fields.Length > 0 && fields[0].StartsWith("cpu", StringComparison.Ordinal))
            {
                cores++;
            }
        }

        var (total, available) = Memory(root);
        return new NodeUsage(
            Math.Max(1, cores),
            ticks * ProcessStat.MicrosecondsPerTick,
            total,
            available,
            First(root.Text("/proc/loadavg")),
            (long)First(root.Text("/proc/uptime")));
    }

    /// <summary>All there is, and what could be had without swapping, in bytes.</summary>
    public static (long Total, long Available) Memory(MachineRoot root) =>
        ((root.Number("/proc/meminfo", "MemTotal:") ?? 0) * Ki, (root.Number("/proc/meminfo", "MemAvailable:") ?? 0) * Ki);

    private static double First(string text)
    {
        var end = text.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && double.TryParse(text.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
