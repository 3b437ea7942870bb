namespace EdgeAgent.Simulation.Placement;

/// <summary>The order in which jobs come: all of the list, shuffled by the seed, then copies drawn from it until so many devices are asked for.</summary>
public static class Arrivals
{
    /// <summary>Of the cluster's devices.</summary>
    public const int PerCent = 130;

    public static IReadOnlyList<TraceJob> Draw(Trace trace, ulong seed)
    {
        var chance = new SimRandom(seed);
        var jobs = trace.Jobs.ToList();
        for (var i = jobs.Count - 1; i > 0; i--)
        {
            var j = chance.Below(i + 1);
            (jobs[i], jobs[j]) = (jobs[j], jobs[i]);
        }

        var most = trace.MilliDevices * PerCent / 100;
        var asked = jobs.Sum(j => j.MilliDevices);
        while (asked > most)
        {
            var at = chance.Below(jobs.Count);
            asked -= jobs[at].MilliDevices;
            jobs.RemoveAt(at);
        }

        while (true)
        {
            var job = chance.Pick(trace.Jobs);
            if (asked + job.MilliDevices > most)
            {
                return jobs;
            }

            asked += job.MilliDevices;
            jobs.Add(job);
        }
    }
}
