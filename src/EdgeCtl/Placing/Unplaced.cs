using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;

namespace EdgeCtl.Placing;

/// <summary>Slots of a workload that run nowhere, and that no node which is online can take.</summary>
/// <param name="Slots">How many; 0 of work of every node.</param>
/// <param name="Reason">Why, with the node that comes nearest.</param>
/// <param name="Nearest">That node; null where none is online, or the reason isn't a node's.</param>
/// <param name="Obstacles">What keeps the work off it.</param>
public sealed record Unplaced(int Slots, string Reason, NodeId? Nearest, IReadOnlyList<Obstacle> Obstacles)
{
    /// <summary>As docs/spec/why.md has it.</summary>
    public JsonObject ToJson()
    {
        var item = new JsonObject { ["slots"] = Slots, ["reason"] = Reason };
        if (Nearest is { } node)
        {
            item["nearest"] = Nearest.Value.Value;
            item["obstacles"] = ToJson(Obstacles);
        }

        return item;
    }

    public static JsonArray ToJson(IEnumerable<Obstacle> obstacles) =>
        new([.. obstacles.Select(o => (JsonNode)new JsonObject { ["kind"] = o.Name, ["text"] = o.Text, ["lacks"] = o.Lacks, ["share"] = o.Share })]);
}
