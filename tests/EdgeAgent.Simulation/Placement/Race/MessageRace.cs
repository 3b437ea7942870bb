using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Simulation.Scale;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>What came of a race.</summary>
/// <param name="Curve">Of the devices.</param>
/// <param name="Deliveries">What agents say of slots, at its readers; without the operator's intents, which everybody reads whoever places.</param>
/// <param name="Candidates">Who looks after a slot, on average.</param>
internal sealed record RaceResult(Curve Curve, double Deliveries, double Candidates);

/// <summary>The claim race as it is: real agents' rules and words over a broker, five milliseconds each way, and eight jobs under way at a time.</summary>
internal sealed class MessageRace(Trace trace, PlacementPolicy policy, int ring, ulong seed, TextWriter progress)
{
    private const int InFlight = 8;
    private const int ProgressEvery = 1000;

    /// <summary>Each job is a workload of its own here, and more of them than a cell follows otherwise.</summary>
    private const int WorkloadsMax = 65_536;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(30);

    public RaceResult Place(IReadOnlyList<TraceJob> jobs)
    {
        var (isPlaced, delivered, candidates) = Run(jobs);
        var curve = new Curve(trace.MilliDevices);
        for (var i = 0; i < jobs.Count; i++)
        {
            curve.Arrived(jobs[i], isPlaced[i]);
        }

        return new(curve, delivered / Math.Max(1, curve.Placed), candidates);
    }

    /// <returns>Which of the jobs run in the end, what agents said of slots at its readers, and how many nodes look after a slot.</returns>
    public (bool[] IsPlaced, double Delivered, double Candidates) Run(IReadOnlyList<TraceJob> jobs)
    {
        using var cell = new ScaleCell(trace.Nodes.Count, seed, Add);
        var world = cell.World;
        var watch = new RaceWatch();
        world.Watcher = watch;
        cell.BringUp();
        var cost = new Cost(cell);
        var (isPlaced, next) = (new bool[jobs.Count], 0);
        var underWay = new List<UnderWay>();
        while (next < jobs.Count || underWay.Count > 0)
        {
            while (underWay.Count < InFlight && next < jobs.Count)
            {
                underWay.Add(new UnderWay(cell, next, cell.Operator.Apply($"job-{seed}-{next}", RaceJobs.Spec(jobs[next], policy))));
                next++;
                if (next % ProgressEvery == 0)
                {
                    progress.WriteLine($"bench placement: seed {seed}, {next} of {jobs.Count} jobs, {world.Clock.Now.TotalSeconds:0} s simulated");
                }
            }

            world.Run(Step);
            for (var i = underWay.Count - 1; i >= 0; i--)
            {
                var one = underWay[i];
                isPlaced[one.Job] = watch.IsRunning(one.Slot);
                ScaleCell.Require(world.Clock.Now - one.Since < Stuck, $"there is room for {one.Slot}, and nobody takes it");
                if (isPlaced[one.Job] || one.HasNoRoom())
                {
                    underWay.RemoveAt(i);
                    if (!isPlaced[one.Job])
                    {
                        cell.Operator.Delete(one.Slot.Workload.Value);
                    }
                }
            }
        }

        world.Run(Margin);
        ScaleCell.Require(watch.Twice == 0, $"{watch.Twice} jobs ran twice");
        CheckDevices(cell, jobs.Where((_, i) => isPlaced[i]).Sum(j => j.MilliDevices));
        return (isPlaced, cost.Delivered(1), cell.Ring);
    }

    /// <summary>What the agents say is taken is what the jobs that run asked for, and no device has more than it can bear.</summary>
    private static void CheckDevices(ScaleCell cell, long expected)
    {
        var taken = 0L;
        foreach (var node in cell.Nodes)
        {
            foreach (var share in (node.Capacity.Devices - node.Rules!.Free.Devices).AsSpan())
            {
                ScaleCell.Require(share.Milli is > 0 and <= DeviceRequest.Whole, $"{node.Name} has given {share.Milli} of a device");
                taken += share.Milli;
            }
        }

        ScaleCell.Require(taken == expected, $"{taken} of devices are taken, and what runs asked for {expected}");
    }

    private SimNode Add(SimWorld world, int i)
    {
        (world.CandidatesMin, world.WorkloadsMax) = (ring, WorkloadsMax);
        var node = world.Add($"node-{i}", RaceJobs.Capacity(trace.Nodes[i]));
        node.Facts = RaceJobs.Facts(trace.Nodes[i]);
        return node;
    }
}
