using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;

namespace EdgeCtl.Placing;

/// <summary>What one node answered to <c>why</c>. One of an older agent has lines alone.</summary>
internal sealed record NodeAnswer(NodeId Node, IReadOnlyList<string> Lines)
{
    /// <summary>The whole document; null of an older agent.</summary>
    public JsonObject? Document { get; private init; }

    /// <summary>Null where it says nothing of them: it doesn't know the workload, or is too old.</summary>
    public IReadOnlyList<Obstacle>? Obstacles { get; private init; }

    /// <summary>Its decisions, a line each.</summary>
    public IReadOnlyList<string> Decisions { get; private init; } = [];

    public static NodeAnswer Read(NodeId node, string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject document)
            {
                return new(node, Texts(document["lines"]))
                {
                    Document = document,
                    Obstacles = document["obstacles"] is JsonArray ? ReadAll(document) : null,
                    Decisions = [.. (document["decisions"] as JsonArray ?? []).OfType<JsonObject>().Select(d => Output.Listing.Text(d, "line"))],
                };
            }
        }
        catch (JsonException)
        {
            // Lines.
        }

        return new(node, text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>What it says of a slot.</summary>
    public string TextOf(SlotId slot) => Of(slot) is { } found ? Output.Listing.Text(found, "text") : "";

    /// <summary>What keeps it off this slot; null where it doesn't say.</summary>
    public IReadOnlyList<Obstacle>? ObstaclesOf(SlotId slot) => Obstacles is null ? null : Of(slot) is { } found ? [.. ReadAll(found), .. Obstacles] : Obstacles;

    private JsonObject? Of(SlotId slot) => (Document?["slots"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(s => Output.Listing.Text(s, "slot") == slot.ToString());

    private static List<Obstacle> ReadAll(JsonObject item) => [.. (item["obstacles"] as JsonArray ?? []).OfType<JsonObject>().Select(Read)];

    /// <summary>A newer agent may know kinds that this program doesn't: what it says of them stands all the same.</summary>
    private static Obstacle Read(JsonObject item)
    {
        _ = Enum.TryParse<ObstacleKind>(Output.Listing.Text(item, "kind"), ignoreCase: true, out var kind);
        return new(kind, Output.Listing.Text(item, "text"), Output.Listing.Text(item, "lacks"), item["share"] is JsonValue share && share.TryGetValue<int>(out var thousandths) ? thousandths : Obstacle.Whole);
    }

    private static List<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(l => l?.ToString() ?? "")];
}
