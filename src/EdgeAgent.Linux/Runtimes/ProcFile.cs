using System.Globalization;
using System.Text;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>What /proc says of processes (proc(5)).</summary>
internal static class ProcFile
{
    private const int StartTimeAfterName = 19;

    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>In ticks since the boot; 0 where there is no such process, or it has ended and waits to be reaped.</summary>
    public static ulong StartTime(int pid)
    {
        try
        {
            // The name may hold anything, so it is read from its last bracket.
            var text = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? 0 : ulong.Parse(fields[StartTimeAfterName], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return 0;
        }
    }

    /// <summary>Processes with this variable in the environment that they were started with.</summary>
    public static IEnumerable<int> WithVariable(string variable)
    {
        var wanted = Encoding.UTF8.GetBytes($"{variable}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Holds(Path.Combine(folder, "environ"), wanted))
            {
                yield return pid;
            }
        }
    }

    private static bool Holds(string file, byte[] wanted)
    {
        try
        {
            var bytes = File.ReadAllBytes(file).AsSpan();
            var at = bytes.IndexOf(wanted);
            return at == 0 || (at > 0 && bytes[at - 1] == 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
