using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeCtl.Manifest;

namespace EdgeAgent.Tests.Ctl.Manifest;

/// <summary>The schema's table as docs/spec/manifest.md has it, and as JSON Schema (draft 2020-12) for editors.</summary>
internal static class SchemaTexts
{
    public static string Table()
    {
        var text = new StringBuilder("| field | what stands there | default | what it says |\n|---|---|---|---|\n");
        Rows("", ManifestSchema.Root, isBuilt: true, text);
        return text.ToString();
    }

    public static string JsonSchema()
    {
        var schema = Of(ManifestSchema.Root);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "EdgeAgent workload");
        return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    private static void Rows(string path, SchemaField field, bool isBuilt, StringBuilder text)
    {
        foreach (var child in field.Fields)
        {
            var below = path.Length == 0 ? child.Name : $"{path}.{child.Name}";
            var built = isBuilt && child.IsBuilt;
            var usual = child.IsRequired ? "required" : child.Default ?? "";
            text.Append($"| `{below}` | {What(child)} | {usual} | {child.Says}{(built ? "" : " (not built yet)")} |\n");
            Rows(child.Kind == FieldKind.Objects ? below + "[]" : below, child, built, text);
        }
    }

    private static string What(SchemaField field) => field.Kind switch
    {
        FieldKind.Object => "a map",
        FieldKind.Objects => $"a list of maps, at most {field.Max}",
        FieldKind.TextMap => $"a map of texts, at most {field.Max}",
        FieldKind.TextList => $"a list of texts, {(field.Min is { } least ? $"{least} to" : "at most")} {field.Max}",
        _ => FieldText.Expected(field) + (field.LaterChoices.Count == 0 ? "" : $" (not built yet: {string.Join(", ", field.LaterChoices)})"),
    };

    private static JsonObject Of(SchemaField field)
    {
        var json = new JsonObject();
        if (field.Says.Length > 0)
        {
            json["description"] = field.Says;
        }

        switch (field.Kind)
        {
            case FieldKind.Object:
                Properties(field, json);
                break;
            case FieldKind.Objects:
                json["type"] = "array";
                json["maxItems"] = field.Max;
                json["items"] = Properties(field, []);
                break;
            case FieldKind.TextMap:
                json["type"] = "object";
                json["maxProperties"] = field.Max;
                json["additionalProperties"] = new JsonObject { ["type"] = "string" };
                break;
            case FieldKind.TextList:
                json["type"] = "array";
                json["minItems"] = field.Min ?? 0;
                json["maxItems"] = field.Max;
                json["items"] = new JsonObject { ["type"] = "string" };
                break;
            case FieldKind.Choice:
                json["enum"] = new JsonArray([.. field.Choices.Select(c => JsonValue.Create(c))]);
                break;
            case FieldKind.Whole:
                json["type"] = "integer";
                json["minimum"] = field.Min;
                json["maximum"] = field.Max;
                break;
            case FieldKind.Flag:
                json["type"] = "boolean";
                break;
            case FieldKind.Text or FieldKind.Duration:
                json["type"] = "string";
                break;
            default:
                json["type"] = new JsonArray("string", "number");
                break;
        }

        return json;
    }

    // What isn't built is left out: an editor then marks it as edgectl refuses it.
    private static JsonObject Properties(SchemaField field, JsonObject json)
    {
        var fields = field.Fields.Where(f => f.IsBuilt).ToList();
        json["type"] = "object";
        json["properties"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Of(f))));
        json["required"] = new JsonArray([.. fields.Where(f => f.IsRequired).Select(f => JsonValue.Create(f.Name))]);
        json["additionalProperties"] = false;
        return json;
    }
}
