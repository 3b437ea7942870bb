using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeCtl.Showing;

/// <summary>JSON as scripts read it: on one line, or indented.</summary>
internal static class JsonText
{
    public static void Write(TextWriter output, JsonNode node, bool isIndented)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);

        // It goes to files and terminals, never into a page: "<" may stay "<".
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = isIndented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            node.WriteTo(json);
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
