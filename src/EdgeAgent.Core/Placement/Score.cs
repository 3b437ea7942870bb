using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>How well a workload fits here, 0 to <see cref="Max"/>, from this node's own state alone.</summary>
public static partial class Score
{
    public const int Max = 1_000_000;

    /// <summary>Above its fair share of a workload a node waits longer than anyone who is below: half of the scale lies between.</summary>
    private const int BeyondShare = Max / 2;

    private const int RoomWeight = 200_000;
    private const int PreferenceWeight = 100_000;
    private const int ReplicaPenalty = 20_000;
    private const int ReplicaPenaltyMax = 150_000;
    private const int TaintPenalty = 100_000;

    /// <summary>Of gains, in thousandths of a device.</summary>
    private const long GainStep = 32;

    private const long GainMost = 1_000_000;

    /// <summary>So many thousandths left count half as much as none; of the other kind likewise.</summary>
    private const long ManyCores = 32_000;

    private const long ManyDevices = 4_000;

    /// <param name="workload">What is to be placed.</param>
    /// <param name="self">This node, with the workload not yet counted.</param>
    /// <param name="replicasHere">Slots of this workload that the node holds or bids for.</param>
    /// <param name="nodesPresent">Nodes that could take part, this one among them.</param>
    public static int Of(WorkloadSpec workload, in Self self, int replicasHere, int nodesPresent)
    {
        var score = workload.Policy == PlacementPolicy.Fragmentation ? Gradient(workload, self) : Max - RoomWeight - PreferenceWeight + Room(workload, self);
        score += Preferences(workload, self);
        if (workload.Policy == PlacementPolicy.Spread)
        {
            score -= Math.Min(ReplicaPenaltyMax, replicasHere * ReplicaPenalty);
            score -= IsBeyondShare(workload, replicasHere, nodesPresent) ? BeyondShare : 0;
        }

        score -= Filter.Repels(workload, self.Taints, TaintEffect.PreferNoPlace) is null ? 0 : TaintPenalty;
        return Math.Clamp(score, 0, Max);
    }

    /// <summary>Whether a node has its fair share of a spread workload already: it then waits longer than noise could make the others late.</summary>
    public static bool IsBeyondShare(WorkloadSpec workload, int replicasHere, int nodesPresent) =>
        workload.Policy == PlacementPolicy.Spread && replicasHere >= (workload.Replicas + nodesPresent - 1) / Math.Max(1, nodesPresent);

    /// <summary>The gradient of useless leftovers: half where nothing changes, towards all where they get less, towards nothing where they get more.</summary>
    private static int Gradient(WorkloadSpec workload, in Self self)
    {
        const long Half = (Max - PreferenceWeight) / 2;
        const long Tie = Half * GainStep / DeviceRequest.Whole;
        var gain = Math.Clamp(Fragmentation.Gain(workload, self, out _), -GainMost, GainMost);
        gain -= ((gain % GainStep) + GainStep) % GainStep;
        return (int)(Half + (Half * gain / (DeviceRequest.Whole + Math.Abs(gain))) + (Tie * Tightness(workload, self) / DeviceRequest.Whole));
    }

    /// <summary>Gains that are nearly the same count as the same, and the tighter fit decides: in thousandths, 1000 where nothing is left.</summary>
    private static long Tightness(WorkloadSpec workload, in Self self)
    {
        var cores = Math.Max(0, self.Free.Cpu.Value - workload.Resources.Cpu.Value);
        var devices = 0L;
        foreach (var share in self.Free.Devices.AsSpan())
        {
            devices += Math.Max(0, share.Milli);
        }

        for (var i = 0; i < workload.Devices.Count; i++)
        {
            devices = Math.Max(0, devices - workload.Devices[i].Milli);
        }

        return ((DeviceRequest.Whole * ManyCores / (ManyCores + cores)) + (DeviceRequest.Whole * ManyDevices / (ManyDevices + devices))) / 2;
    }

    /// <summary>What is left of the scarcest resource afterwards, in parts of the weight. Where work is packed the other way round, and devices count for a half.</summary>
    private static int Room(WorkloadSpec workload, in Self self)
    {
        var left = self.Free - workload.Resources;
        var room = Math.Min(Part(left.Cpu.Value, self.Capacity.Cpu.Value), Part(left.Memory.Value, self.Capacity.Memory.Value));
        if (workload.Policy == PlacementPolicy.Pack)
        {
            return RoomWeight - (self.Capacity.Devices.IsNone ? room : (room + DevicesLeft(workload, self)) / 2);
        }

        return workload.Devices.Count == 0 ? room : Math.Min(room, DevicesLeft(workload, self));
    }

    /// <summary>Of all devices together.</summary>
    private static int DevicesLeft(WorkloadSpec workload, in Self self)
    {
        var (left, whole) = (0L, 0L);
        foreach (var share in self.Free.Devices.AsSpan())
        {
            left += share.Milli;
        }

        foreach (var share in self.Capacity.Devices.AsSpan())
        {
            whole += share.Milli;
        }

        for (var i = 0; i < workload.Devices.Count; i++)
        {
            left -= workload.Devices[i].Milli;
        }

        return Part(left, whole);
    }

    private static int Part(long left, long whole) =>
        whole <= 0 ? 0 : (int)Int128.Clamp((Int128)RoomWeight * left / whole, 0, RoomWeight);

    private static int Preferences(WorkloadSpec workload, in Self self)
    {
        var (total, met) = (0, 0);
        for (var i = 0; i < workload.Prefers.Count; i++)
        {
            var preference = workload.Prefers[i];
            total += preference.Weight;
            met += LabelMatch.HasAll(self.Labels, preference.Labels) ? preference.Weight : 0;
        }

        return total == 0 ? PreferenceWeight : (int)((long)PreferenceWeight * met / total);
    }
}
