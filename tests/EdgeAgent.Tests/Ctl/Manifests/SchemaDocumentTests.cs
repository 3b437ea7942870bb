using System.Text;
using EdgeAgent.Tests.Repository;
using EdgeCtl.Manifests;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Manifests;

/// <summary>Proves that documents and examples say what the parser does.</summary>
public sealed class SchemaDocumentTests
{
    private const string Least = "apiVersion: edge/v1\nkind: Workload\nmetadata: {name: least}\nspec:\n  run: {exec: {command: [/bin/true]}}\n";

    public static TheoryData<string> Examples => [.. RepositoryTree.Files.Where(f => f.StartsWith("examples/", StringComparison.Ordinal) && f.EndsWith(".yaml", StringComparison.Ordinal))];

    [Fact]
    public void The_table_in_the_document_is_the_parsers() => WrittenDocument.HoldsBetween("docs/spec/manifest.md", "the schema's table", SchemaTexts.Table());

    [Fact]
    public void The_JSON_schema_is_the_parsers() => WrittenDocument.Holds("docs/spec/manifest.schema.json", SchemaTexts.JsonSchema());

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_right(string file) => Assert.NotEmpty(Read(RepositoryTree.Read(file)));

    [Fact]
    public void Every_manifest_in_a_document_is_right()
    {
        var blocks = new[] { "README.md", "docs/spec/manifest.md" }.SelectMany(f => RepositoryTree.Read(f).Split("```yaml\n").Skip(1).Select(b => b[..b.IndexOf("```", StringComparison.Ordinal)])).Where(b => b.Contains("kind:", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, blocks.Count);
        Assert.All(blocks, b => Assert.Single(Read(b)));
    }

    [Fact]
    public void What_is_left_out_becomes_the_default_that_the_schema_names()
    {
        var written = Least + Defaults(Schema.Root.Find("spec")!, 1) + "  mode: replicated\n";
        Assert.Contains("backoffMax: 1m", written, StringComparison.Ordinal);
        Assert.Equal(Codec(Read(Least)[0]), Codec(Read(written)[0]));
        var job = Least + "  mode: job\n";
        Assert.Equal(Codec(Read(job)[0]), Codec(Read($"{job}  job:\n{Defaults(Schema.Root.Find("spec")!.Find("job")!, 2)}")[0]));
        var exclusive = Least + "  partition: exclusive\n";
        Assert.Equal(Codec(Read(exclusive)[0]), Codec(Read($"{exclusive}  exclusive:\n{Defaults(Schema.Root.Find("spec")!.Find("exclusive")!, 2)}")[0]));
        foreach (var name in (string[])["health", "ready"])
        {
            var check = $"{Least}  {name}:\n    exec: [/bin/true]\n";
            Assert.Equal(Codec(Read(check)[0]), Codec(Read(check + Defaults(Schema.Root.Find("spec")!.Find(name)!, 2))[0]));
        }
    }

    /// <summary>Each field that has a default, written out; job and exclusive go with their own mode and partition only, and what has required fields isn't there by default.</summary>
    private static string Defaults(Field field, int depth)
    {
        var text = new StringBuilder();
        var indent = new string(' ', depth * 2);
        foreach (var child in field.Fields.Where(f => f.IsBuilt && f.Name is not ("job" or "exclusive" or "mode") && !f.Fields.Any(c => c.IsRequired && f.Type == FieldType.Object)))
        {
            if (child.Default.Length > 0)
            {
                text.Append($"{indent}{child.Name}: {child.Default}\n");
            }
            else if (child.Type == FieldType.Object && Defaults(child, depth + 1) is { Length: > 0 } below)
            {
                text.Append($"{indent}{child.Name}:\n{below}");
            }
        }

        return text.ToString();
    }

    private static string Codec(Manifest manifest) => Convert.ToHexString(EdgeAgent.Protocol.Codec.Proto.Write(EdgeAgent.Protocol.Codec.SpecCodec.ToWire(manifest.Spec)));

    private static IReadOnlyList<Manifest> Read(string text)
    {
        var errors = new List<ManifestError>();
        var manifests = ManifestReader.Read("test.yaml", Encoding.UTF8.GetBytes(text), errors);
        Assert.Empty(errors);
        return manifests;
    }
}
