using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>
/// What a path leads to when the links on its way are followed, for a profile names files as the kernel does. Only links that nobody but root can have made are followed: one that work has put where it
/// may write would let it choose what its next profile allows.
/// </summary>
public static class TrustedPath
{
    private const int LinksMax = 40;
    private const uint WritableByOthers = 0x12;

    /// <summary>Null where a link on the way isn't to be trusted, or what it leads to can't be named in a profile. What isn't there yet is where it would be.</summary>
    public static string? Resolve(string path)
    {
        var rest = new Stack<string>();
        Push(path);
        var at = "";
        for (var links = 0; rest.TryPop(out var part);)
        {
            if (part == "..")
            {
                at = at[..Math.Max(0, at.LastIndexOf('/'))];
                continue;
            }

            var next = $"{at}/{part}";
            if (!Libc.TryReadNode(next, follow: false, out var node))
            {
                return Named($"{next}{string.Concat(rest.Select(r => $"/{r}"))}");
            }

            if (!node.IsLink)
            {
                at = next;
                continue;
            }

            if (++links > LinksMax || !IsRoots(at) || Target(next) is not { Length: > 0 } target)
            {
                return null;
            }

            at = target[0] == '/' ? "" : at;
            Push(target);
        }

        return Named(at);

        void Push(string parts)
        {
            foreach (var part in parts.Split('/').Where(p => p is not ("" or ".")).Reverse())
            {
                rest.Push(part);
            }
        }
    }

    private static string? Named(string path) => FileRules.IsPath(path) ? path : null;

    private static bool IsRoots(string folder) => Libc.TryReadNode(folder.Length == 0 ? "/" : folder, follow: false, out var node) && node.User == 0 && (node.Mode & WritableByOthers) == 0;

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
