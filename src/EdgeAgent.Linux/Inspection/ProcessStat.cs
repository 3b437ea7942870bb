using System.Globalization;

namespace EdgeAgent.Linux.Inspection;

/// <summary>What /proc/PID/stat says of a process (proc_pid_stat(5)). <paramref name="CpuTicks"/> counts children that it has waited for.</summary>
public readonly record struct ProcessStat(string Name, int Session, long CpuTicks, int Threads, long ResidentPages)
{
    /// <summary>USER_HZ is 100 on every architecture that this runs on.</summary>
    public const long MicrosecondsPerTick = 10_000;

    // Counted from the state, the first field behind the name.
    private const int SessionAt = 3;
    private const int UserTimeAt = 11;
    private const int ChildrenSystemTimeAt = 14;
    private const int ThreadsAt = 17;
    private const int ResidentAt = 21;

    public static bool TryParse(string text, out ProcessStat stat)
    {
        // The name may hold anything, so it is read up to its last bracket.
        stat = default;
        var (open, close) = (text.IndexOf('(', StringComparison.Ordinal), text.LastIndexOf(')'));
        if (open < 0 || close < open)
        {
            return false;
        }

        var fields = text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= ResidentAt || fields[0] is "Z" or "X"
            || !int.TryParse(fields[SessionAt], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var session)
            || !int.TryParse(fields[ThreadsAt], NumberStyles.None, CultureInfo.InvariantCulture, out var threads)
            || !long.TryParse(fields[ResidentAt], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var resident))
        {
            return false;
        }

        long ticks = 0;
        for (var at = UserTimeAt; at <= ChildrenSystemTimeAt; at++)
        {
            if (!long.TryParse(fields[at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var some))
            {
                return false;
            }

            ticks += some;
        }

        stat = new ProcessStat(text[(open + 1)..close], session, ticks, threads, resident);
        return true;
    }
}
