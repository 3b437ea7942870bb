using System.Globalization;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>The first process of a slot, on which node, numbered as it numbers itself: in a container otherwise than outside.</summary>
internal sealed record WorkProcess(string Node, string Slot, int Pid)
{
    /// <summary>All that now run this command, which this machine's kernel is asked for, through all containers: no agent's word counts.</summary>
    public static IReadOnlyList<WorkProcess> Of(IReadOnlyList<string> command)
    {
        var all = Scan(command).ToList();

        // A child that is about to be something else still looks like its parent.
        var pids = all.Select(p => p.Pid).ToHashSet();
        return [.. all.Where(p => !pids.Contains(p.Parent)).Select(p => p.Process).OrderBy(p => p.Slot, StringComparer.Ordinal).ThenBy(p => p.Node, StringComparer.Ordinal).ThenBy(p => p.Pid)];
    }

    private static IEnumerable<(WorkProcess Process, int Pid, int Parent)> Scan(IReadOnlyList<string> command)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || !Read(folder, "cmdline").SkipLast(1).SequenceEqual(command))
            {
                continue;
            }

            var (environment, status) = (Read(folder, "environ"), Read(folder, "status"));
            if (status is [{ Length: > 0 } text, ..] && Value(environment, "EDGE_SLOT=") is { Length: > 0 } slot)
            {
                var lines = text.Split('\n');
                yield return (new WorkProcess(Value(environment, "EDGE_NODE="), slot, Number(lines, "NSpid:")), pid, Number(lines, "PPid:"));
            }
        }
    }

    /// <summary>The last of a line's numbers: of those by which namespaces know a process, the innermost (proc_pid_status(5)).</summary>
    private static int Number(string[] lines, string name) => int.Parse(Value(lines, name).Split('\t')[^1], CultureInfo.InvariantCulture);

    private static string Value(string[] lines, string name) => lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";

    private static string[] Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file)).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return [];
        }
    }
}
