using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EdgeCtl.Manifest;

/// <summary>
/// YAML 1.2, and JSON as a part of it, to nodes with their places. Depth and size are bounded, aliases count as what they
/// stand for, and a key that comes twice is refused: what a person wrote twice is not what they think.
/// </summary>
internal sealed class YamlReader
{
    private readonly Dictionary<AnchorName, (ManifestNode Node, int Size)> _anchors = [];
    private readonly string _source;
    private readonly Parser _parser;
    private int _nodes;

    private YamlReader(string source, string text)
    {
        _source = source;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The documents of one file; empty ones are left out. Throws <see cref="ManifestException"/>.</summary>
    public static IReadOnlyList<ManifestNode> Read(string source, string text)
    {
        var reader = new YamlReader(source, text);
        try
        {
            return reader.Documents();
        }
        catch (YamlException e)
        {
            throw reader.Error(e.Start, $"the YAML is broken: {e.Message}: look at the indentation, brackets and quotes here and in the line before");
        }
    }

    private List<ManifestNode> Documents()
    {
        var documents = new List<ManifestNode>();
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            _anchors.Clear();
            var node = Node(0);
            _parser.Consume<DocumentEnd>();
            if (node is not ScalarNode { IsNull: true })
            {
                documents.Add(node);
            }

            if (documents.Count > ManifestLimits.DocumentsMax)
            {
                throw Error(node.At, $"more than {ManifestLimits.DocumentsMax} documents in one file: split it");
            }
        }

        return documents;
    }

    private ManifestNode Node(int depth)
    {
        var at = _parser.Current?.Start ?? Mark.Empty;
        if (depth > ManifestLimits.DepthMax)
        {
            throw Error(at, $"nested deeper than {ManifestLimits.DepthMax}");
        }

        var before = _nodes;
        Count(1, at);
        var (anchor, node) = Take(depth, at);
        if (!anchor.IsEmpty)
        {
            _anchors[anchor] = (node, _nodes - before);
        }

        return node;
    }

    private (AnchorName Anchor, ManifestNode Node) Take(int depth, Mark at)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value, out var known))
            {
                throw Error(at, $"the alias *{alias.Value} has no anchor &{alias.Value} before it");
            }

            Count(known.Size, at);
            return (default, known.Node);
        }

        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return (scalar.Anchor, Text(scalar));
        }

        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<ManifestNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Node(depth + 1));
            }

            return (sequence.Anchor, new SequenceNode(Place(at), items));
        }

        var start = _parser.Consume<MappingStart>();
        return (start.Anchor, new MappingNode(Place(at), Entries(depth)));
    }

    private List<KeyValuePair<ScalarNode, ManifestNode>> Entries(int depth)
    {
        var entries = new List<KeyValuePair<ScalarNode, ManifestNode>>();
        var keys = new Dictionary<string, TextPlace>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var at = _parser.Current?.Start ?? Mark.Empty;
            if (!_parser.TryConsume<Scalar>(out var scalar))
            {
                throw Error(at, "a key must be a plain word");
            }

            var key = Text(scalar);
            if (!keys.TryAdd(key.Text, key.At))
            {
                throw Error(at, $"the key \"{key.Text}\" comes twice, first in line {keys[key.Text].Line}: keep one of them");
            }

            entries.Add(new(key, Node(depth + 1)));
        }

        return entries;
    }

    private void Count(int more, Mark at)
    {
        _nodes += more;
        if (_nodes > ManifestLimits.NodesMax)
        {
            throw Error(at, $"more than {ManifestLimits.NodesMax} values, aliases counted as what they stand for: split the file");
        }
    }

    private static ScalarNode Text(Scalar scalar) =>
        new(Place(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain && (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific));

    private static TextPlace Place(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private ManifestException Error(Mark at, string message) => Error(Place(at), message);

    private ManifestException Error(TextPlace at, string message) => new([new ManifestError(_source, at, "", message)]);
}
