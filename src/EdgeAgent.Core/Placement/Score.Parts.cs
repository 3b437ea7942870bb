using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>One of what a score is the sum of.</summary>
public readonly record struct ScorePart(string Name, int Points);

/// <summary>What a score comes of, for people alone.</summary>
public static partial class Score
{
    /// <summary>The score that these come to.</summary>
    public static int Sum(IReadOnlyList<ScorePart> parts) => Math.Clamp(parts.Sum(p => p.Points), 0, Max);

    /// <summary>Those that count for this workload. Their sum, within 0 and <see cref="Max"/>, is what <see cref="Of"/> gives of the same.</summary>
    public static IReadOnlyList<ScorePart> PartsOf(WorkloadSpec workload, in Self self, int replicasHere, int nodesPresent)
    {
        var parts = new List<ScorePart>();
        if (workload.Policy == PlacementPolicy.Fragmentation)
        {
            parts.Add(new("leftovers", Gradient(workload, self)));
        }
        else
        {
            parts.Add(new("base", Max - RoomWeight - PreferenceWeight));
            parts.Add(new(workload.Policy == PlacementPolicy.Pack ? "tightness" : "room", Room(workload, self)));
        }

        parts.Add(new("preferences", Preferences(workload, self)));
        if (workload.Policy == PlacementPolicy.Spread && replicasHere > 0)
        {
            parts.Add(new("replicasHere", -Math.Min(ReplicaPenaltyMax, replicasHere * ReplicaPenalty)));
        }

        if (IsBeyondShare(workload, replicasHere, nodesPresent))
        {
            parts.Add(new("beyondShare", -BeyondShare));
        }

        if (Filter.Repels(workload, self.Taints, TaintEffect.PreferNoPlace) is not null)
        {
            parts.Add(new("taint", -TaintPenalty));
        }

        return parts;
    }
}
