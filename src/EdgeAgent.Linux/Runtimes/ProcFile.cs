using System.Globalization;
using System.Text;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>What /proc says of processes (proc(5)).</summary>
internal static class ProcFile
{
    private const int NameEnd = 2;
    private const int FlagsAfterName = 6;
    private const int StartTimeAfterName = 19;

    /// <summary>PF_KTHREAD.</summary>
    private const uint KernelThread = 0x200000;

    private const int LooksAgain = 20;

    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>In ticks since the boot; 0 where there is no such process, or it has ended and waits to be reaped.</summary>
    public static ulong StartTime(int pid) =>
        Stat(pid) is { Length: > StartTimeAfterName } fields && fields[0] is not ("Z" or "X") && ulong.TryParse(fields[StartTimeAfterName], NumberStyles.None, CultureInfo.InvariantCulture, out var started) ? started : 0;

    /// <summary>Processes with this variable in the environment that they were started with.</summary>
    public static IEnumerable<int> WithVariable(string variable)
    {
        var wanted = Encoding.UTF8.GetBytes($"{variable}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Holds(pid, wanted))
            {
                yield return pid;
            }
        }
    }

    /// <summary>While it becomes another program (execve(2)) a process has no environment for a moment: what has none and is a program's is looked at again.</summary>
    private static bool Holds(int pid, byte[] wanted)
    {
        var file = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/environ";
        try
        {
            var bytes = File.ReadAllBytes(file).AsSpan();
            for (var look = 0; bytes.IsEmpty && look < LooksAgain && IsProgram(pid); look++)
            {
                Thread.Sleep(1);
                bytes = File.ReadAllBytes(file).AsSpan();
            }

            var at = bytes.IndexOf(wanted);
            return at == 0 || (at > 0 && bytes[at - 1] == 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Neither a thread of the kernel's nor one that has ended.</summary>
    private static bool IsProgram(int pid) => Stat(pid) is { Length: > StartTimeAfterName } fields && fields[0] is not ("Z" or "X")
        && uint.TryParse(fields[FlagsAfterName], NumberStyles.None, CultureInfo.InvariantCulture, out var flags) && (flags & KernelThread) == 0;

    /// <summary>What stands behind the name, which may hold anything, so it is read from its last bracket; empty: there is no such process.</summary>
    private static string[] Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            return text.LastIndexOf(')') is >= 0 and var end && end + NameEnd < text.Length ? text[(end + NameEnd)..].Split(' ') : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
