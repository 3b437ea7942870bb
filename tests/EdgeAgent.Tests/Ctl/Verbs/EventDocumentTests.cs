using System.Text.RegularExpressions;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Tests.Repository;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Verbs;

/// <summary>Proves that docs/spec/events.md has what the agent's sources tell, and nothing that they don't.</summary>
public sealed partial class EventDocumentTests
{
    private static readonly string Document = RepositoryTree.Read("docs/spec/events.md");

    /// <summary>From what is told to operators to what is in the log alone.</summary>
    private static readonly string Events = Document[Document.IndexOf("## Told to operators", StringComparison.Ordinal)..Document.IndexOf("### Faults", StringComparison.Ordinal)];

    private static readonly string Log = Document[Document.IndexOf("## In the log alone", StringComparison.Ordinal)..];

    [Fact]
    public void Every_kind_that_is_told_to_operators_stands_in_the_first_table() =>
        Assert.Equal(Told().Where(t => t.IsEvent).Select(t => t.Kind).Distinct().Order(StringComparer.Ordinal), Kinds(Events));

    [Fact]
    public void Every_other_kind_stands_in_the_log_s_table() =>
        Assert.Equal(Told().Where(t => !t.IsEvent || t.Kind == "Stopping").Select(t => t.Kind).Distinct().Order(StringComparer.Ordinal), Kinds(Log));

    [Fact]
    public void Every_fault_is_explained() =>
        Assert.All(Enum.GetNames<DecodeFault>().Where(n => n != nameof(DecodeFault.None)), n => Assert.Contains($"\n| `{n}` | ", Document, StringComparison.Ordinal));

    private static IEnumerable<string> Kinds(string text) =>
        text.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).SelectMany(l => Quoted().Matches(l.Split('|')[1])).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal);

    private static List<(string Kind, bool IsEvent)> Told()
    {
        var told = RepositoryTree.Files.Where(f => f.StartsWith("src/EdgeAgent", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .SelectMany(f => RepositoryTree.Read(f).Split('\n'))
            .Select(line => (Line: line, Match: Telling().Match(line)))
            .Where(l => l.Match.Success)
            .Select(l => (l.Match.Groups[1].Value, l.Line.Contains("isEvent: true", StringComparison.Ordinal) || l.Line.Contains("IsEvent: ", StringComparison.Ordinal)))
            .ToList();
        Assert.True(told.Count > 15, "the sources tell in another way than this test looks for");
        return told;
    }

    /// <summary>The kind is the first text behind the severity, or the first of a <c>new Tell</c>.</summary>
    [GeneratedRegex("(?:\\.(?:Tell|Note)\\([^\"]*Severity[^\"]*|new Tell\\()\"(\\w+)\"")]
    private static partial Regex Telling();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Quoted();
}
