namespace EdgeCtl.Up;

/// <summary>
/// How the process runtime's units of one node are known: the shim by the unit's folder in its command line, the work by the mark that the unit's spec puts into its environment
/// (<c>EDGE_UNIT=owner/slot</c>, and the owner holds the random id of the node's store). EdgeAgent.Linux/Runtimes writes both.
/// </summary>
internal sealed class UnitMark(NodeFolder node)
{
    private const string Shim = "edge-shim";
    private const string Spec = "spec";
    private const string Key = "mark";
    private const string Prefix = "EDGE_UNIT=";
    private const int SpecBytesMax = 4 * 1024 * 1024;

    private readonly string _work = node.Work + Path.DirectorySeparatorChar;
    private readonly HashSet<string> _marks = ReadMarks(node.Work);

    public bool IsShim(int pid)
    {
        var arguments = ProcFile.Arguments(pid);
        return arguments.Count > 1 && Path.GetFileName(arguments[0]) == Shim && arguments[1].StartsWith(_work, StringComparison.Ordinal);
    }

    public bool IsOn(int pid) => _marks.Count > 0 && ProcFile.Variables(pid).Any(_marks.Contains);

    // Keys and values take turns, each ended by a NUL.
    private static HashSet<string> ReadMarks(string work)
    {
        var marks = new HashSet<string>(StringComparer.Ordinal);
        foreach (var unit in Directory.Exists(work) ? Directory.GetDirectories(work) : [])
        {
            try
            {
                var spec = new FileInfo(Path.Combine(unit, Spec));
                var parts = spec is { Exists: true, Length: <= SpecBytesMax } ? File.ReadAllText(spec.FullName).Split('\0') : [];
                for (var i = 0; i + 1 < parts.Length; i += 2)
                {
                    if (parts[i] == Key && parts[i + 1].Length > Prefix.Length && parts[i + 1].StartsWith(Prefix, StringComparison.Ordinal))
                    {
                        marks.Add(parts[i + 1]);
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The agent removed it in this moment, and with it the unit.
            }
        }

        return marks;
    }
}
