using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>How well a workload fits here, 0 to <see cref="Max"/>, from this node's own state alone.</summary>
public static class Score
{
    public const int Max = 1_000_000;

    /// <summary>Above its fair share of a workload a node waits longer than anyone who is below: half of the scale lies between.</summary>
    private const int BeyondShare = Max / 2;

    private const int RoomWeight = 200_000;
    private const int PreferenceWeight = 100_000;
    private const int ReplicaPenalty = 20_000;
    private const int ReplicaPenaltyMax = 150_000;
    private const int TaintPenalty = 100_000;

    /// <param name="workload">What is to be placed.</param>
    /// <param name="self">This node, with the workload not yet counted.</param>
    /// <param name="replicasHere">Slots of this workload that the node holds or bids for.</param>
    /// <param name="nodesPresent">Nodes that could take part, this one among them.</param>
    public static int Of(WorkloadSpec workload, Self self, int replicasHere, int nodesPresent)
    {
        var score = Max - RoomWeight - PreferenceWeight;
        score += Room(workload, self);
        score += Preferences(workload, self);
        if (workload.Policy == PlacementPolicy.Spread)
        {
            score -= Math.Min(ReplicaPenaltyMax, replicasHere * ReplicaPenalty);
            score -= IsBeyondShare(workload, replicasHere, nodesPresent) ? BeyondShare : 0;
        }

        score -= self.Taints.Any(t => t.Effect == TaintEffect.PreferNoPlace && !workload.Tolerations.Any(x => x.Covers(t))) ? TaintPenalty : 0;
        return Math.Clamp(score, 0, Max);
    }

    /// <summary>Whether a node has its fair share of a spread workload already: it then waits longer than noise could make the others late.</summary>
    public static bool IsBeyondShare(WorkloadSpec workload, int replicasHere, int nodesPresent) =>
        workload.Policy == PlacementPolicy.Spread && replicasHere >= (workload.Replicas + nodesPresent - 1) / Math.Max(1, nodesPresent);

    /// <summary>What is left of the scarcest resource afterwards, in parts of the weight; the other way round where work is packed.</summary>
    private static int Room(WorkloadSpec workload, Self self)
    {
        var left = self.Free - workload.Resources;
        var room = Math.Min(Part(left.Cpu.Value, self.Capacity.Cpu.Value), Part(left.Memory.Value, self.Capacity.Memory.Value));
        return workload.Policy == PlacementPolicy.Pack ? RoomWeight - room : room;
    }

    private static int Part(long left, long whole) =>
        whole <= 0 ? 0 : (int)Int128.Clamp((Int128)RoomWeight * left / whole, 0, RoomWeight);

    private static int Preferences(WorkloadSpec workload, Self self)
    {
        var total = workload.Prefers.Sum(p => p.Weight);
        var met = workload.Prefers.Where(p => p.Labels.All(l => self.Labels.TryGetValue(l.Key, out var v) && v == l.Value)).Sum(p => p.Weight);
        return total == 0 ? PreferenceWeight : (int)((long)PreferenceWeight * met / total);
    }
}
