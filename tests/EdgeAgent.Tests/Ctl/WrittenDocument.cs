using EdgeAgent.Tests.Repository;
using Xunit;

namespace EdgeAgent.Tests.Ctl;

/// <summary>A document, or the part of one between two lines that mark it, that says what the code says. EDGEAGENT_WRITE_DOCUMENTS=1 writes it anew.</summary>
internal static class WrittenDocument
{
    private static readonly bool Writes = Environment.GetEnvironmentVariable("EDGEAGENT_WRITE_DOCUMENTS") == "1";

    public static void Holds(string path, string text) => Compare(path, File.Exists(RepositoryTree.Absolute(path)) ? RepositoryTree.Read(path) : "", text);

    /// <summary>The part stands between <c>&lt;!-- name begins --&gt;</c> and <c>&lt;!-- name ends --&gt;</c>, each on a line of its own.</summary>
    public static void HoldsBetween(string path, string name, string part)
    {
        var (begin, end) = ($"<!-- {name} begins -->\n", $"<!-- {name} ends -->\n");
        var now = RepositoryTree.Read(path);
        var (from, to) = (now.IndexOf(begin, StringComparison.Ordinal), now.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= 0 && to > from, $"{path} lacks the lines {begin.Trim()} and {end.Trim()}");
        Compare(path, now, $"{now[..(from + begin.Length)]}{part}{now[to..]}");
    }

    private static void Compare(string path, string now, string wanted)
    {
        if (now == wanted)
        {
            return;
        }

        var file = Writes ? RepositoryTree.Absolute(path) : Path.Combine(Path.GetTempPath(), $"edgeagent-{Path.GetFileName(path)}");
        File.WriteAllText(file, wanted);
        Assert.True(Writes, $"{path} does not say what the code says. The text that does is {file}: look at the difference, then cp {file} {RepositoryTree.Absolute(path)}");
    }
}
