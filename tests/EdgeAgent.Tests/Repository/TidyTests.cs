using Xunit;

namespace EdgeAgent.Tests.Repository;

/// <summary>Style that a reader sees at once is an ordinary test, so that no review has to speak of it.</summary>
public sealed class TidyTests
{
    [Fact]
    public void Every_written_file_is_tidy()
    {
        var written = RepositoryTree.Files.Where(Tidy.IsWritten).ToList();

        Assert.NotEmpty(written);
        Findings.None(written.SelectMany(path => Tidy.Findings(path, RepositoryTree.Read(path))));
    }

    [Fact]
    public void Every_relative_link_of_a_document_leads_somewhere()
    {
        var documents = RepositoryTree.Files.Where(path => path.EndsWith(".md", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(documents);
        Findings.None(documents.SelectMany(path => DocumentLinks.Broken(path, RepositoryTree.Read(path), Exists)));
    }

    [Theory]
    [InlineData("src/A/A.cs", "int a; \n", "trailing whitespace")]
    [InlineData("src/A/A.cs", "\tint a;\n", "tab")]
    [InlineData("build.sh", "true\r\n", "carriage return")]
    [InlineData("docs/A.md", "no end", "no newline")]
    [InlineData("src/A/A.cs", "// TO" + "DO: later\n", "undone")]
    [InlineData("tests/A/A.cs", "Thread." + "Sleep(5);\n", "sleep")]
    public void An_untidy_line_is_found(string path, string text, string finding) =>
        Assert.Contains(finding, Assert.Single(Tidy.Findings(path, text)), StringComparison.Ordinal);

    [Fact]
    public void A_file_is_too_long_from_the_line_after_the_limit_on()
    {
        var longest = string.Concat(Enumerable.Repeat(";\n", Tidy.LinesMax));

        Assert.Empty(Tidy.Findings("src/A/A.cs", longest));
        Assert.Single(Tidy.Findings("src/A/A.cs", longest + ";\n"));
        Assert.Empty(Tidy.Findings("docs/A.md", longest + ";\n"));
    }

    [Theory]
    [InlineData("docs/A.md", "[b](B.md)")]
    [InlineData("docs/A.md", "[b](../../outside.md)")]
    [InlineData("docs/adr/A.md", "[b](../B.md#part \"title\")")]
    [InlineData("README.md", "![picture](docs/missing.svg)")]
    [InlineData("README.md", "[b]: docs/missing.md")]
    public void A_link_that_leads_nowhere_is_found(string path, string text) =>
        Assert.Single(DocumentLinks.Broken(path, text, target => target == "docs/A.md"));

    [Theory]
    [InlineData("docs/B.md", "[a](A.md) [a](./A.md#part) [a](../docs/A.md) [a](/docs/A.md)")]
    [InlineData("README.md", "[site](https://example.org) [mail](mailto:a@example.org) [here](#part)")]
    [InlineData("README.md", "`[a](nowhere.md)`\n```\n[a](nowhere.md)\n```\n")]
    public void A_link_that_leads_somewhere_is_not_a_finding(string path, string text) =>
        Assert.Empty(DocumentLinks.Broken(path, text, target => target == "docs/A.md"));

    private static bool Exists(string path) =>
        File.Exists(RepositoryTree.Absolute(path)) || Directory.Exists(RepositoryTree.Absolute(path));
}
