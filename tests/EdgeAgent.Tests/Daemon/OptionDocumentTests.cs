using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Tests.Repository;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>
/// The texts that tell of the options say what the table says. After a change of the table, EDGEAGENT_WRITE_DOCUMENTS=1 with this class
/// writes both anew.
/// </summary>
public sealed class OptionDocumentTests
{
    private const string Document = "docs/spec/configuration.md";
    private const string Sample = "packaging/agent.conf";

    private static readonly bool Writes = Environment.GetEnvironmentVariable("EDGEAGENT_WRITE_DOCUMENTS") == "1";

    [Fact]
    public void The_document_has_the_tables_of_the_options()
    {
        var text = RepositoryTree.Read(Document);
        var (from, to) = (text.IndexOf(OptionDocuments.Marker, StringComparison.Ordinal), text.LastIndexOf(OptionDocuments.Marker, StringComparison.Ordinal) + OptionDocuments.Marker.Length);
        Assert.True(from >= 0 && to > from + OptionDocuments.Marker.Length, $"{Document} lacks the two lines {OptionDocuments.Marker}");
        if (Writes)
        {
            File.WriteAllText(RepositoryTree.Absolute(Document), text[..from] + OptionDocuments.Tables() + text[to..]);
            return;
        }

        Assert.Equal(OptionDocuments.Tables(), text[from..to]);
    }

    [Fact]
    public void The_sample_has_every_option_commented_out()
    {
        if (Writes)
        {
            File.WriteAllText(RepositoryTree.Absolute(Sample), OptionDocuments.Sample());
            return;
        }

        Assert.Equal(OptionDocuments.Sample(), RepositoryTree.Read(Sample));
    }

    [Fact]
    public void The_sample_is_read_as_the_defaults()
    {
        var read = ConfigurationReader.Read(RepositoryTree.Absolute(Sample), new Dictionary<string, string>());

        Assert.Equal(("default", "default", "edge/v1"), (read.Fleet.Value, read.Cell.Value, read.Root));
        Assert.Equal("/var/lib/edgeagent", read.StateDirectory);
    }

    [Fact]
    public void The_document_names_what_a_reload_takes()
    {
        var text = RepositoryTree.Read(Document);
        var from = text.IndexOf("Taken at once are", StringComparison.Ordinal);
        var named = text[from..text.IndexOf(':', from)].Split('`').Where((_, i) => i % 2 == 1);

        Assert.Equal(Options.All.Where(o => o.IsReloaded).Select(o => o.Name), named);
    }

    [Fact]
    public void No_option_stands_in_the_table_twice()
    {
        Assert.Equal(Options.All.Count, Options.All.Select(o => o.Key.ToUpperInvariant()).Distinct().Count());
        Assert.Equal(Options.All.Count, Options.All.Select(o => o.Variable).Distinct().Count());
    }
}
