namespace EdgeAgent.Simulation.Placement.Central;

/// <summary>Jobs come one by one, and one scheduler that sees every node places each or drops it.</summary>
public static class CentralRun
{
    public static Curve Place(Trace trace, IReadOnlyList<TraceJob> jobs, CentralPolicy policy, ulong seed)
    {
        var chance = new SimRandom(seed);
        var nodes = trace.Nodes.OrderBy(n => n.Name, StringComparer.Ordinal).Select(n => new CentralNode(n)).ToArray();
        var curve = new Curve(trace.MilliDevices);
        foreach (var job in jobs)
        {
            CentralNode? chosen = null;
            var (best, alike) = (int.MinValue, 0);
            foreach (var node in nodes)
            {
                if (!node.Fits(job))
                {
                    continue;
                }

                var score = policy.Score(node, job);
                (best, alike) = score > best ? (score, 1) : (best, score == best ? alike + 1 : alike);
                chosen = score == best && (policy.IsByChance ? chance.Below(alike) == 0 : alike == 1) ? node : chosen;
            }

            chosen?.Place(job, job.IsShare ? policy.DeviceFor(chosen, job, chance) : -1);
            curve.Arrived(job, chosen is not null);
        }

        return curve;
    }
}
