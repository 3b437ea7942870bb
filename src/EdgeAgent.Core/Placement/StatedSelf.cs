using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>What a node's status tells of it, for the same rules that the node itself decides by. What only the node knows, such as why it can't fence, isn't there.</summary>
public static class StatedSelf
{
    /// <summary>Of what is free, a status may be behind by a part of the capacity: a node doesn't say every placement.</summary>
    public static Self Of(NodeStatus status)
    {
        var facts = new FactSet();
        foreach (var (name, text) in status.Facts)
        {
            if (FactName.TryParse(name, out var fact))
            {
                facts.Set(fact, FactValue.Read(text));
            }
        }

        return new()
        {
            Architecture = status.Architecture,
            Capacity = status.Capacity,
            Free = status.Free,
            Labels = status.Labels,
            Taints = status.Taints,
            Features = status.Features,
            Facts = facts,
            IsCordoned = status.IsCordoned,
            StoreFailure = status.Conditions.TryGetValue("StoreFailing", out var failure) ? failure : "",
        };
    }

    /// <summary>All that keeps a slot off such a node.</summary>
    public static IReadOnlyList<Obstacle> ObstaclesOf(Intent intent, SlotId slot, NodeStatus status)
    {
        var obstacles = Obstacles.Of(intent, Of(status), status.Drain != DrainScope.None);
        return Obstacles.OfDomain(slot, intent.Spec!, status.Labels) is { } elsewhere ? [elsewhere, .. obstacles] : obstacles;
    }
}
