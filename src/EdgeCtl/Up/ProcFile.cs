using System.Globalization;
using System.Text;

namespace EdgeCtl.Up;

/// <summary>What proc(5) tells of processes. A process that has gone or isn't ours to look at gives nothing.</summary>
internal static class ProcFile
{
    private const int StateField = 0;
    private const int StartTimeField = 19;

    /// <summary>The start in clock ticks since boot (field 22 of stat): with the pid it names one process only. Null for one that has ended, even if nobody has waited for it.</summary>
    public static long? StartTime(int pid)
    {
        var stat = Read(pid, "stat");

        // The name stands in brackets and may hold anything, brackets and blanks too.
        var afterName = stat.LastIndexOf(')');
        if (afterName < 0 || afterName + 2 >= stat.Length)
        {
            return null;
        }

        var fields = stat[(afterName + 2)..].Split(' ');
        return fields.Length > StartTimeField && fields[StateField] is not ("Z" or "X")
            && long.TryParse(fields[StartTimeField], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? ticks
            : null;
    }

    public static IReadOnlyList<string> Arguments(int pid) => Split(Read(pid, "cmdline"));

    public static IReadOnlyList<string> Variables(int pid) => Split(Read(pid, "environ"));

    /// <summary>All processes that there are at this moment.</summary>
    public static IEnumerable<int> All() =>
        Directory.EnumerateDirectories("/proc")
            .Select(p => int.TryParse(Path.GetFileName(p.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0);

    private static string[] Split(string text) => text.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
