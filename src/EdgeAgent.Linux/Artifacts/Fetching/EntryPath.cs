using System.Text;

namespace EdgeAgent.Linux.Artifacts.Fetching;

/// <summary>Names in an archive, none of which is trusted.</summary>
internal static class EntryPath
{
    private const int PathMax = 1024;
    private const int NameMax = 255;
    private const int DepthMax = 32;

    /// <summary>The parts of a name, below the archive's root; none: the root itself. Throws <see cref="ArtifactRefusedException"/>.</summary>
    public static string[] Split(string name)
    {
        if (name.Length is 0 or > PathMax)
        {
            throw new ArtifactRefusedException($"has a name of {name.Length} characters in it; 1 to {PathMax} are possible");
        }

        if (name[0] == '/')
        {
            throw new ArtifactRefusedException($"has an absolute path in it: {Show(name)}");
        }

        var parts = name.Split('/').Where(p => p.Length > 0 && p != ".").ToArray();
        if (parts.Contains(".."))
        {
            throw new ArtifactRefusedException($"has a path in it that leads out of it: {Show(name)}");
        }

        if (parts.Length > DepthMax || Array.Exists(parts, p => Encoding.UTF8.GetByteCount(p) > NameMax))
        {
            throw new ArtifactRefusedException($"has a path in it that is too deep ({DepthMax} folders) or has too long a name ({NameMax} bytes): {Show(name)}");
        }

        return !name.Any(IsBad) ? parts : throw new ArtifactRefusedException($"has a name with control characters or no UTF-8 in it: {Show(name)}");
    }

    /// <summary>
    /// Whether a link in this folder leads to something within. Its steps up come first, from a folder that is none of the archive's links, so that they are what they say; a step up behind a name could come out of
    /// another link elsewhere.
    /// </summary>
    public static bool IsWithin(int depth, string target)
    {
        if (target.Length is 0 or > PathMax || target[0] == '/' || target.Any(IsBad))
        {
            return false;
        }

        var parts = target.Split('/').Where(p => p.Length > 0 && p != ".").ToArray();
        var up = parts.TakeWhile(p => p == "..").Count();
        return up <= depth && !parts.AsSpan(up).Contains("..");
    }

    /// <summary>For a person, who is to see what it is and not what it does to a terminal.</summary>
    public static string Show(string name) => new([.. name.Take(80).Select(c => IsBad(c) ? '?' : c)]);

    /// <summary>What isn't UTF-8 has been read as the replacement character.</summary>
    private static bool IsBad(char c) => char.IsControl(c) || c == '�';
}
