namespace EdgeCtl.Up;

/// <summary>How the process runtime marks what it starts for one node: by the folder of the unit in the shim's command line.</summary>
internal sealed class UnitMark(NodeFolder node)
{
    private const string Shim = "edge-shim";

    private readonly string _work = node.Work + Path.DirectorySeparatorChar;

    public bool IsShim(int pid)
    {
        var arguments = ProcFile.Arguments(pid);
        return arguments.Count > 0 && Path.GetFileName(arguments[0]) == Shim && arguments.Any(a => a.StartsWith(_work, StringComparison.Ordinal));
    }
}
