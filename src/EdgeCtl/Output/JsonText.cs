using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace EdgeCtl.Output;

/// <summary>JSON as people read it.</summary>
internal static class JsonText
{
    public static string Indented(JsonNode node)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            node.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}

/// <summary>The same as YAML.</summary>
public static class YamlText
{
    public static string Of(JsonNode node)
    {
        using var text = new StringWriter();
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>Documents, each behind a line of three dashes but the first.</summary>
    public static string Of(IEnumerable<JsonNode> documents) => string.Join("---\n", documents.Select(Of));

    private static void Emit(Emitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                emitter.Emit(new MappingStart(null, null, isImplicit: true, MappingStyle.Block));
                foreach (var (name, value) in fields)
                {
                    emitter.Emit(new Scalar(name));
                    Emit(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray items:
                emitter.Emit(new SequenceStart(null, null, isImplicit: true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in items)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            default:
                var text = node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
                emitter.Emit(new Scalar(null, null, text ?? node?.ToJsonString() ?? "null", StyleOf(text), true, text is not null));
                break;
        }
    }

    /// <summary>Scripts as they were written, line by line.</summary>
    private static ScalarStyle StyleOf(string? text) =>
        text is null ? ScalarStyle.Any : NeedsQuotes(text) ? ScalarStyle.DoubleQuoted : text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal : ScalarStyle.Any;

    /// <summary>A text that would be read as something else: as another type, or with its line ends made plain ones (YAML 1.2, 5.4).</summary>
    private static bool NeedsQuotes(string text) =>
        text.Length == 0 || text is "true" or "false" or "null" or "~" or "yes" or "no" or "on" or "off" || text.AsSpan().ContainsAny(OtherBreaks)
        || double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);

    private static readonly System.Buffers.SearchValues<char> OtherBreaks = System.Buffers.SearchValues.Create("\r\u0085\u2028\u2029\ufeff");
}
