using EdgeAgent.Core.Workloads;
using EdgeAgent.Tests.Repository;
using EdgeCtl.Manifest;

namespace EdgeAgent.Tests.Ctl.Manifest;

/// <summary>Proves that the documents say what the parser does. With EDGEAGENT_WRITE_SPEC=1 it writes them instead.</summary>
public class SchemaDocumentTests
{
    private const string Begin = "<!-- the schema's table begins -->\n";
    private const string End = "<!-- the schema's table ends -->\n";

    private static readonly bool IsWriting = Environment.GetEnvironmentVariable("EDGEAGENT_WRITE_SPEC") == "1";

    [Fact]
    public void The_table_in_the_document_is_the_parsers()
    {
        var path = Path.Combine(Root, "docs/spec/manifest.md");
        var text = File.ReadAllText(path);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        if (IsWriting)
        {
            text = text[..begin] + SchemaTexts.Table() + text[end..];
            File.WriteAllText(path, text);
            end = text.IndexOf(End, StringComparison.Ordinal);
        }

        Assert.Equal(SchemaTexts.Table(), text[begin..end]);
    }

    [Fact]
    public void The_JSON_schema_is_the_parsers()
    {
        var path = Path.Combine(Root, "docs/spec/manifest.schema.json");
        if (IsWriting)
        {
            File.WriteAllText(path, SchemaTexts.JsonSchema());
        }

        Assert.Equal(SchemaTexts.JsonSchema(), File.ReadAllText(path));
    }

    [Fact]
    public void What_is_left_out_becomes_the_default_that_the_schema_names()
    {
        var least = ManifestSource.Parse("least.yaml", Manifests.Least).Single();
        var written = ManifestSource.Parse("written.yaml", Manifests.Least + string.Concat(Defaults("spec", ManifestSchema.Root.Fields.Single(f => f.Name == "spec"), 1))).Single();
        Assert.Empty(ManifestText.Changes(WorkloadName.Parse("least"), least.Spec, written.Spec));
    }

    // Each field that has a default, written out; job goes with its own mode only.
    private static IEnumerable<string> Defaults(string path, SchemaField field, int depth)
    {
        foreach (var child in field.Fields.Where(f => f.IsBuilt && f.Name is not ("job" or "run")))
        {
            var indent = new string(' ', depth * 2);
            if (child.Default is { } usual)
            {
                yield return $"{indent}{child.Name}: {usual}\n";
            }
            else if (child.Kind == FieldKind.Object && child.Fields.Any(f => f.Default is not null))
            {
                yield return $"{indent}{child.Name}:\n" + string.Concat(Defaults($"{path}.{child.Name}", child, depth + 1));
            }
        }
    }

    private static string Root => RepositoryTree.Root;
}
