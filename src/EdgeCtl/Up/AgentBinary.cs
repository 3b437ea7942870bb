namespace EdgeCtl.Up;

/// <summary>Which <c>edgeagent</c> is started: the one that <c>EDGEAGENT_BINARY</c> names, the one beside edgectl, or the one in <c>PATH</c>.</summary>
internal static class AgentBinary
{
    private const string Name = "edgeagent";
    private const string Variable = "EDGEAGENT_BINARY";

    /// <summary>Throws <see cref="UpException"/> where there is none.</summary>
    public static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return IsProgram(named) ? Path.GetFullPath(named) : throw new UpException($"{Variable} names {named}, which is no program: correct it, or unset it");
        }

        var folders = new[] { AppContext.BaseDirectory }.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries));
        return folders.Select(f => Path.GetFullPath(Path.Combine(f, Name))).FirstOrDefault(IsProgram)
            ?? throw new UpException($"no {Name} was found beside edgectl ({AppContext.BaseDirectory}) or in PATH: install it there, or name it with {Variable}");
    }

    private static bool IsProgram(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Execute) != 0;
    }
}
