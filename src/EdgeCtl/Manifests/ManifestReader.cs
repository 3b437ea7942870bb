using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using YamlDotNet.RepresentationModel;

namespace EdgeCtl.Manifests;

/// <summary>Files, folders and standard input to manifests. Nothing is given out while anything is wrong in any of them.</summary>
public static class ManifestReader
{
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];

    public static IReadOnlyList<Manifest> Read(IEnumerable<string> sources, Stream input, out IReadOnlyList<ManifestError> errors)
    {
        var found = new List<ManifestError>();
        var manifests = new List<Manifest>();
        foreach (var (file, bytes) in sources.SelectMany(s => Open(s, input, found)))
        {
            manifests.AddRange(Read(file, bytes, found));
        }

        foreach (var twice in manifests.GroupBy(m => m.Name).Where(g => g.Count() > 1))
        {
            found.Add(new(twice.Last().File, 1, 1, $"the workload {twice.Key} is described twice, also in {twice.First().File}"));
        }

        errors = found;
        return found.Count == 0 ? manifests : [];
    }

    public static IReadOnlyList<Manifest> Read(string file, byte[] bytes, List<ManifestError> errors)
    {
        var before = errors.Count;
        var manifests = new List<Manifest>();
        var documents = YamlDocuments.Read(file, bytes, errors);
        foreach (var document in documents)
        {
            // A document of nothing but comments.
            if (document is not YamlScalarNode { Value: null or "" } && Read(file, document, errors) is { } manifest)
            {
                manifests.Add(manifest);
            }
        }

        if (manifests.Count == 0 && errors.Count == before)
        {
            errors.Add(new(file, 1, 1, "there is no manifest in it: examples/hello.yaml is one"));
        }

        return manifests;
    }

    private static Manifest? Read(string file, YamlNode document, List<ManifestError> errors)
    {
        var before = errors.Count;
        var check = new SchemaCheck(file, errors);
        check.Check(document, Schema.Root, "");
        if (errors.Count > before)
        {
            return null;
        }

        var root = (YamlMappingNode)document;
        var nameNode = ((YamlMappingNode)root["metadata"])["name"];
        var text = ((YamlScalarNode)nameNode).Value ?? "";
        if (!WorkloadName.TryParse(text, out var name))
        {
            check.Fault(nameNode, $"metadata.name: {DnsLabel.Explain("workload", text, DnsLabel.LengthMax)}");
        }

        var spec = new SpecBuilder(root, check).Build();
        foreach (var error in WorkloadValidation.Validate(spec))
        {
            check.Fault(Locate(root, error.Path), $"{error.Path}: {error.Message}");
        }

        return errors.Count > before ? null : new Manifest(file, name, spec);
    }

    /// <summary>The node that a path such as <c>spec.run.exec.command[0]</c> names, or the nearest above it.</summary>
    private static YamlNode Locate(YamlMappingNode root, string path)
    {
        YamlNode node = root;
        foreach (var part in path.Split('.', '[', ']').Where(p => p.Length > 0))
        {
            var next = node switch
            {
                YamlMappingNode mapping => mapping.Children.FirstOrDefault(c => (c.Key as YamlScalarNode)?.Value == part).Value,
                YamlSequenceNode list when int.TryParse(part, out var index) && index < list.Children.Count => list.Children[index],
                _ => null,
            };
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return node;
    }

    private static IEnumerable<(string File, byte[] Bytes)> Open(string source, Stream input, List<ManifestError> errors)
    {
        if (source == "-")
        {
            return [("standard input", ReadAll(input))];
        }

        if (Directory.Exists(source))
        {
            var files = Directory.GetFiles(source).Where(f => Endings.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal).ToList();
            if (files.Count == 0)
            {
                errors.Add(new(source, 1, 1, "the folder has no file that ends in .yaml, .yml or .json"));
            }

            return files.SelectMany(f => OpenFile(f, errors));
        }

        return OpenFile(source, errors);
    }

    private static IEnumerable<(string File, byte[] Bytes)> OpenFile(string file, List<ManifestError> errors)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return [(file, ReadAll(stream))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new(file, 1, 1, $"can't be read: {e.Message}"));
            return [];
        }
    }

    /// <summary>One byte more than is allowed, which the check then finds.</summary>
    private static byte[] ReadAll(Stream stream)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[81920];
        int got;
        while (buffer.Length <= YamlDocuments.BytesMax && (got = stream.Read(chunk)) > 0)
        {
            buffer.Write(chunk.AsSpan(0, got));
        }

        return buffer.ToArray();
    }
}
