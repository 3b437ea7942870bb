namespace EdgeAgent.Simulation.Placement.Central;

/// <summary>
/// Fragmentation gradient descent ("Beware of Fragmentation", USENIX ATC 2023): where what is left of the devices loses least of its use to the jobs of the whole list, by how
/// often each kind is in it. Written for comparison, from the paper's definitions; the Core's policy is another program.
/// </summary>
public sealed class GradientPolicy : CentralPolicy
{
    /// <summary>The most frequent kinds, until so many of the jobs are of one of them.</summary>
    private const double Popular = 0.95;

    private readonly List<(TraceJob Job, double Part)> _typical = [];
    private readonly Dictionary<TraceJob, int> _kinds = [];
    private readonly Dictionary<(CentralNode, int), (int Changes, int Score, int Device)> _known = [];

    public GradientPolicy(Trace trace)
    {
        // Memory is no part of what a job is known by.
        var kinds = trace.Jobs.GroupBy(j => j with { Mebibytes = 0 }).Select(k => (k.Key, Count: k.Count()))
            .OrderByDescending(k => k.Count).ThenByDescending(k => k.Key.MilliCpu).ThenByDescending(k => k.Key.MilliDevice).ThenByDescending(k => k.Key.Devices).ToList();
        var sum = 0;
        foreach (var (_, count) in kinds.TakeWhile(_ => sum < Popular * trace.Jobs.Count))
        {
            sum += count;
            _typical.Add((kinds[_typical.Count].Key, count));
        }

        _typical = [.. _typical.Select(t => (t.Job, t.Part / sum))];
    }

    public override int Score(CentralNode node, TraceJob job) => Known(node, job).Score;

    public override int DeviceFor(CentralNode node, TraceJob job, SimRandom chance) => Known(node, job).Device;

    private (int Score, int Device) Known(CentralNode node, TraceJob job)
    {
        if (!_kinds.TryGetValue(job, out var kind))
        {
            _kinds[job] = kind = _kinds.Count;
        }

        if (!_known.TryGetValue((node, kind), out var known) || known.Changes != node.Changes)
        {
            var (score, device) = Measure(node, job);
            _known[(node, kind)] = known = (node.Changes, score, device);
        }

        return (known.Score, known.Device);
    }

    private (int Score, int Device) Measure(CentralNode node, TraceJob job)
    {
        Span<int> free = stackalloc int[node.Free.Length];
        node.Free.CopyTo(free);
        var before = Fragment(node.Node, node.MilliCpu, free);
        var cpu = node.MilliCpu - job.MilliCpu;
        if (job.IsShare)
        {
            var (best, device) = (-1, -1);
            for (var i = 0; i < free.Length; i++)
            {
                if (free[i] >= job.MilliDevice)
                {
                    free[i] -= job.MilliDevice;
                    var score = Sigmoid(before - Fragment(node.Node, cpu, free));
                    free[i] += job.MilliDevice;
                    (best, device) = score > best ? (score, i) : (best, device);
                }
            }

            return (best, device);
        }

        for (var (i, left) = (0, job.Devices); left > 0; i++)
        {
            if (free[i] == TraceJob.Whole)
            {
                (free[i], left) = (0, left - 1);
            }
        }

        return (Sigmoid(before - Fragment(node.Node, cpu, free)), -1);
    }

    /// <summary>How much of the free devices the typical jobs could not use, each by its part, in thousandths of a device.</summary>
    private double Fragment(TraceNode node, long milliCpu, ReadOnlySpan<int> free)
    {
        var total = 0;
        foreach (var one in free)
        {
            total += one;
        }

        var sum = 0.0;
        foreach (var (job, part) in _typical)
        {
            var (fit, useless) = (0, 0);
            foreach (var one in free)
            {
                fit += one >= job.MilliDevice ? 1 : 0;
                useless += one < job.MilliDevice ? one : 0;
            }

            sum += part * (job.Devices > 0 && milliCpu >= job.MilliCpu && fit >= job.Devices && job.MayRunOn(node) ? useless : total);
        }

        return sum;
    }

    private static int Sigmoid(double gained) => (int)(100 / (1 + Math.Exp(-gained / TraceJob.Whole)));
}
