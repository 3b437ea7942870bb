using System.Globalization;

namespace EdgeAgent.Linux.Inspection;

/// <summary>/proc and /sys as they lie under a folder: "" is this machine. What can't be read is as if it weren't there.</summary>
public sealed record MachineRoot(string Folder)
{
    /// <summary>An absolute path as this root has it.</summary>
    public string Of(string path) => Folder + path;

    public string Text(string path)
    {
        try
        {
            return File.ReadAllText(Of(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public string[] Lines(string path) => Text(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Null where there is no such file, or no number in it.</summary>
    public long? Number(string path) => long.TryParse(Text(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The number behind <paramref name="name"/> at the begin of a line, as in <c>MemTotal: 16 kB</c> and <c>usage_usec 12</c>.</summary>
    public long? Number(string path, string name)
    {
        foreach (var line in Lines(path))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 1 && fields[0] == name)
            {
                return long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
            }
        }

        return null;
    }

    /// <summary>All that are there now.</summary>
    public IEnumerable<int> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories(Of("/proc")))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    public static string ProcessFile(int pid, string file) => $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/{file}";
}
