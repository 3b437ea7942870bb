namespace EdgeAgent.Simulation.Placement.Central;

/// <summary>A node as a scheduler with full sight sees it.</summary>
public sealed class CentralNode(TraceNode node)
{
    private readonly int[] _free = [.. Enumerable.Repeat(TraceJob.Whole, node.Devices)];

    public TraceNode Node => node;

    public long MilliCpu { get; private set; } = node.MilliCpu;

    public long Mebibytes { get; private set; } = node.Mebibytes;

    /// <summary>Of each device, in thousandths.</summary>
    public ReadOnlySpan<int> Free => _free;

    public long MilliDevices { get; private set; } = (long)node.Devices * TraceJob.Whole;

    /// <summary>Rises with each placement.</summary>
    public int Changes { get; private set; }

    public bool Fits(TraceJob job)
    {
        if (job.MilliCpu > MilliCpu || job.Mebibytes > Mebibytes || !job.MayRunOn(node))
        {
            return false;
        }

        var left = job.Devices;
        foreach (var free in _free)
        {
            left -= free >= job.MilliDevice ? 1 : 0;
        }

        return left <= 0 || job.Devices == 0;
    }

    /// <param name="job">What fits.</param>
    /// <param name="device">Of a share: on which device. Whole ones are taken from the first.</param>
    public void Place(TraceJob job, int device)
    {
        MilliCpu -= job.MilliCpu;
        Mebibytes -= job.Mebibytes;
        MilliDevices -= job.MilliDevices;
        Changes++;
        if (job.IsShare)
        {
            _free[device] -= job.MilliDevice;
            return;
        }

        for (var (i, left) = (0, job.Devices); left > 0; i++)
        {
            if (_free[i] == TraceJob.Whole)
            {
                (_free[i], left) = (0, left - 1);
            }
        }
    }
}
