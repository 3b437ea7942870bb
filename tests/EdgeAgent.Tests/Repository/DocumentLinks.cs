using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Repository;

/// <summary>Relative links of Markdown documents, and those of them that lead nowhere.</summary>
internal static partial class DocumentLinks
{
    /// <param name="path">The document, relative to the repository's root.</param>
    /// <param name="text">Its Markdown. What stands in code fences and code spans is not a link.</param>
    /// <param name="exists">Whether a path relative to the root is a file or a folder.</param>
    public static IEnumerable<string> Broken(string path, string text, Func<string, bool> exists) =>
        from Match link in Link().Matches(Code().Replace(text, ""))
        let target = (link.Groups["inline"].Success ? link.Groups["inline"] : link.Groups["reference"]).Value
        where !target.StartsWith('#') && !Scheme().IsMatch(target)
        let resolved = Resolve(path, target)
        where resolved is null || !exists(resolved)
        select $"{path}: {target}";

    /// <returns>Null when the link leaves the repository.</returns>
    private static string? Resolve(string path, string target)
    {
        var file = Uri.UnescapeDataString(target.Split('#')[0]);
        var joined = file.StartsWith('/') ? file[1..] : Path.Combine(Path.GetDirectoryName(path) ?? "", file);
        var resolved = Path.GetRelativePath("/", Path.GetFullPath(joined, "/"));
        return Depth(joined) < 0 ? null : resolved;
    }

    private static int Depth(string path)
    {
        var depth = 0;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += part switch { "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                return depth;
            }
        }

        return depth;
    }

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9+.-]*:")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^(```|~~~).*?^\1|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\((?<inline>[^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(?<reference>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();
}
