using System.Text.RegularExpressions;

namespace EdgeAgent.Tests.Repository;

/// <summary>What is untidy in one file, found by reading it as text. Each finding is <c>path:line: what</c>.</summary>
internal static partial class Tidy
{
    /// <summary>A file longer than this holds two concepts (docs/STYLE.md).</summary>
    public const int LinesMax = 400;

    private static readonly string[] Written = [".cs", ".c", ".h", ".sh", ".md", ".csproj", ".props", ".targets", ".yaml", ".yml", ".conf", ".service", ".cmake", ".proto", ".json"];
    private static readonly string[] Measured = [".cs", ".c", ".h", ".sh"];
    private static readonly string[] MeasuredFolders = ["src/", "tests/", "native/", "build/"];

    public static bool IsWritten(string path) =>
        Written.Contains(Path.GetExtension(path)) && !path.EndsWith("packages.lock.json", StringComparison.Ordinal);

    public static IEnumerable<string> Findings(string path, string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (FindingIn(path, lines[i]) is { } finding)
            {
                yield return $"{path}:{i + 1}: {finding}";
            }
        }

        var length = text.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        if (length > LinesMax && Measured.Contains(Path.GetExtension(path)) && MeasuredFolders.Any(path.StartsWith))
        {
            yield return $"{path}:{length}: more than {LinesMax} lines";
        }

        if (text.Length > 0 && !text.EndsWith('\n'))
        {
            yield return $"{path}:{length}: no newline at the end";
        }
    }

    private static string? FindingIn(string path, string line) => line switch
    {
        _ when line.Contains('\r', StringComparison.Ordinal) => "carriage return",
        _ when line.EndsWith(' ') || line.EndsWith('\t') => "trailing whitespace",
        _ when line.Contains('\t', StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal) => "tab",
        _ when Unfinished().IsMatch(line) => "work left undone belongs in an issue",
        _ when path.StartsWith("tests/", StringComparison.Ordinal) && Sleep().IsMatch(line) => "a sleep: wait for a condition with a bound",
        _ => null,
    };

    // Each pattern is written so that it doesn't match itself.
    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K|X[X]X)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bThread\.[S]leep\b")]
    private static partial Regex Sleep();
}
