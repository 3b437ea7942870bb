using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace EdgeCtl.Manifests;

/// <summary>YAML, and JSON as the part of it that it is, to nodes that know their lines. What could fill the memory is refused before.</summary>
internal static class YamlDocuments
{
    public const int BytesMax = 1024 * 1024;
    private const int EventsMax = 100_000;
    private const int DepthMax = 32;

    public static IReadOnlyList<YamlNode> Read(string file, byte[] bytes, List<ManifestError> errors)
    {
        if (bytes.Length > BytesMax)
        {
            errors.Add(new(file, 1, 1, $"it has more than {BytesMax} bytes, the most that a manifest may have: split it into several files"));
            return [];
        }

        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            errors.Add(new(file, 1, e.Index + 1, "it is not UTF-8 text"));
            return [];
        }

        try
        {
            if (!IsHarmless(file, text, errors))
            {
                return [];
            }

            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return [.. stream.Documents.Select(d => d.RootNode)];
        }
        catch (YamlException e)
        {
            // What breaks the syntax is told with all that was begun before it, and stands at its end.
            var place = e is SyntaxErrorException or SemanticErrorException ? e.End : e.Start;
            var (line, column) = TabInIndentation(text, e) ?? (place.Line, place.Column);
            errors.Add(new(file, line, column, $"this is no YAML: {Clean(e)}"));
            return [];
        }
    }

    /// <summary>An alias repeats what it names, and of few lines makes millions.</summary>
    private static bool IsHarmless(string file, string text, List<ManifestError> errors)
    {
        var parser = new Parser(new StringReader(text));
        var (events, depth) = (0, 0);
        while (parser.MoveNext())
        {
            var here = parser.Current!;
            depth += here.NestingIncrease;
            var fault = here is AnchorAlias ? "aliases (*name) are not taken: write it out"
                : depth > DepthMax ? $"it is nested more than {DepthMax} deep"
                : ++events > EventsMax ? "it has more parts than any manifest needs" : null;
            if (fault is not null)
            {
                errors.Add(new(file, here.Start.Line, here.Start.Column, fault));
                return false;
            }
        }

        return true;
    }

    /// <summary>The parser finds a tab, and says where the mapping began that it stands in.</summary>
    private static (long Line, long Column)? TabInIndentation(string text, YamlException e)
    {
        if (!e.Message.Contains("tab as indentation", StringComparison.Ordinal))
        {
            return null;
        }

        var lines = text.Split('\n');
        var line = Array.FindIndex(lines, l => l.AsSpan(0, l.Length - l.AsSpan().TrimStart().Length).Contains('\t'));
        return line < 0 ? null : (line + 1, lines[line].IndexOf('\t', StringComparison.Ordinal) + 1);
    }

    private static string Clean(YamlException e)
    {
        var message = (e.InnerException ?? e).Message;
        var behind = message.IndexOf("): ", StringComparison.Ordinal);
        return message.StartsWith('(') && behind > 0 ? message[(behind + 3)..] : message;
    }
}
