namespace EdgeAgent.Simulation.Placement.Central;

/// <summary>How a scheduler with full sight chooses among the nodes on which a job fits. Of equally good ones it takes the first by name, as the published experiment's scheduler does.</summary>
public abstract class CentralPolicy
{
    /// <summary>Of equally good ones any, and not the first.</summary>
    public virtual bool IsByChance => false;

    /// <summary>The greater the better.</summary>
    public abstract int Score(CentralNode node, TraceJob job);

    /// <summary>On which device of the chosen node a share lies.</summary>
    public virtual int DeviceFor(CentralNode node, TraceJob job, SimRandom chance)
    {
        var best = -1;
        for (var i = 0; i < node.Free.Length; i++)
        {
            best = node.Free[i] >= job.MilliDevice && (best < 0 || node.Free[i] < node.Free[best]) ? i : best;
        }

        return best;
    }
}

/// <summary>Any node, any device.</summary>
public sealed class RandomPolicy : CentralPolicy
{
    public override bool IsByChance => true;

    public override int Score(CentralNode node, TraceJob job) => 0;

    public override int DeviceFor(CentralNode node, TraceJob job, SimRandom chance)
    {
        var (chosen, seen) = (-1, 0);
        for (var i = 0; i < node.Free.Length; i++)
        {
            chosen = node.Free[i] >= job.MilliDevice && chance.Below(++seen) == 0 ? i : chosen;
        }

        return chosen;
    }
}

/// <summary>Where least is left over of cores and devices together, both by the greatest that a node of the cluster has.</summary>
public sealed class BestFitPolicy : CentralPolicy
{
    private const double MilliCpuMost = 128_000;
    private const double MilliDevicesMost = 8_000;
    private const double Half = 0.5;

    public override int Score(CentralNode node, TraceJob job) => (int)(100 * (1 - (
        (Half * (node.MilliCpu - job.MilliCpu) / MilliCpuMost) + (Half * (node.MilliDevices - job.MilliDevices) / MilliDevicesMost))));
}
