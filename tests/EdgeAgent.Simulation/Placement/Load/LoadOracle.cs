using EdgeAgent.Simulation.Placement.Central;

namespace EdgeAgent.Simulation.Placement.Load;

/// <summary>One who sees every node and knows all jobs beforehand: the greatest first, each where least is left over of what it asks most of.</summary>
internal static class LoadOracle
{
    public static IReadOnlyList<TraceJob> Place(Trace trace)
    {
        var demand = new LoadDemand(trace);
        var nodes = trace.Nodes.Select(n => new CentralNode(n)).ToArray();
        var policy = new LeastLeft();
        var placed = new List<TraceJob>();
        foreach (var job in trace.Jobs.OrderByDescending(j => j.MilliDevices).ThenByDescending(demand.Of))
        {
            if (nodes.Where(n => n.Fits(job)).MaxBy(n => policy.Score(n, job)) is { } best)
            {
                best.Place(job, job.IsShare ? policy.DeviceFor(best, job, new SimRandom(0)) : -1);
                placed.Add(job);
            }
        }

        return placed;
    }

    private sealed class LeastLeft : CentralPolicy
    {
        private const int Parts = 1_000_000;

        /// <summary>Devices are kept for those that want them; else the less of the machine is left the better, and evenly of cores and memory.</summary>
        public override int Score(CentralNode node, TraceJob job)
        {
            var (cpu, memory) = ((node.MilliCpu - job.MilliCpu) / (double)node.Node.MilliCpu, (node.Mebibytes - job.Mebibytes) / (double)node.Node.Mebibytes);
            return -(int)(Parts * (cpu + memory + Math.Abs(cpu - memory))) - (job.Devices == 0 && node.MilliDevices > 0 ? 2 * Parts : 0);
        }
    }
}
