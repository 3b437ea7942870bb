using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeCtl.Manifests;

namespace EdgeAgent.Tests.Ctl.Manifests;

/// <summary>The schema's table as docs/spec/manifest.md has it, and as JSON Schema (draft 2020-12) for editors.</summary>
internal static class SchemaTexts
{
    public static string Table()
    {
        var text = new StringBuilder("| field | value | default | |\n|---|---|---|---|\n");
        Rows("", Schema.Root, isBuilt: true, text);
        return text.ToString();
    }

    public static string JsonSchema()
    {
        var schema = Of(Schema.Root);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "EdgeAgent workload");
        return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static void Rows(string path, Field field, bool isBuilt, StringBuilder text)
    {
        foreach (var child in field.Fields)
        {
            var below = path.Length == 0 ? child.Name : $"{path}.{child.Name}";
            var built = isBuilt && child.IsBuilt;
            var usual = child.IsRequired ? "required" : child.Default.Length > 0 ? $"`{child.Default}`" : "";
            text.Append($"| `{below}` | {(built ? Value(child) : "*not built yet*")} | {usual} | {child.About} |\n");
            Rows(child.Type == FieldType.ObjectList ? below + "[]" : below, child, built, text);
        }
    }

    private static string Value(Field field) => field.LaterChoices.Count == 0
        ? field.Expected
        : $"{field.Expected}; *not built yet:* {string.Join(", ", field.LaterChoices)}";

    private static JsonObject Of(Field field)
    {
        var json = new JsonObject();
        if (field.About.Length > 0)
        {
            json["description"] = field.About;
        }

        switch (field.Type)
        {
            case FieldType.Object:
                Properties(field, json);
                break;
            case FieldType.ObjectList:
                json["type"] = "array";
                json["items"] = Properties(field, []);
                Most(field, json, "maxItems");
                break;
            case FieldType.Map:
                json["type"] = "object";
                json["additionalProperties"] = Scalar();
                Most(field, json, "maxProperties");
                break;
            case FieldType.QuantityMap:
                json["type"] = "object";
                json["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("string", "number") };
                Most(field, json, "maxProperties");
                break;
            case FieldType.TextList:
                json["type"] = "array";
                json["items"] = Scalar();
                Most(field, json, "maxItems");
                break;
            case FieldType.Choice:
                json["enum"] = new JsonArray([.. field.Choices.Select(c => JsonValue.Create(c))]);
                break;
            case FieldType.WholeNumber:
                (json["type"], json["minimum"], json["maximum"]) = ("integer", field.Min, field.Max);
                break;
            case FieldType.Flag:
                json["type"] = "boolean";
                break;
            case FieldType.Text or FieldType.Duration:
                json["type"] = "string";
                break;
            default:
                json["type"] = new JsonArray("string", "number");
                break;
        }

        if (field.Default.Length > 0)
        {
            json["default"] = field.Type == FieldType.WholeNumber ? JsonNode.Parse(field.Default) : field.Default;
        }

        return json;
    }

    /// <summary>Numbers and flags are taken as they are written.</summary>
    private static JsonObject Scalar() => new() { ["type"] = new JsonArray("string", "number", "boolean") };

    private static void Most(Field field, JsonObject json, string name)
    {
        if (field.Max > 0)
        {
            json[name] = field.Max;
        }
    }

    /// <summary>What isn't built is left out: an editor then marks it as edgectl refuses it.</summary>
    private static JsonObject Properties(Field field, JsonObject json)
    {
        var fields = field.Fields.Where(f => f.IsBuilt).ToList();
        json["type"] = "object";
        json["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Of(f))));
        if (fields.Any(f => f.IsRequired))
        {
            json["required"] = new JsonArray([.. fields.Where(f => f.IsRequired).Select(f => JsonValue.Create(f.Name))]);
        }

        json["additionalProperties"] = false;
        return json;
    }
}
