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
internal sealed class MessageRace(Trace trace, PlacementPolicy policy, int ring, ulong seed)
{
    private const int InFlight = 8;
    private const int EchoesInJitter = 5;

    /// <summary>Each job is a workload of its own here, and more of them than a cell follows otherwise.</summary>
    private const int WorkloadsMax = 65_536;

    private static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(12);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(30);

    public RaceResult Place(IReadOnlyList<TraceJob> jobs)
    {
        using var cell = new ScaleCell(trace.Nodes.Count, seed, Add);
        var world = cell.World;
        var watch = new RaceWatch(world);
        world.Watcher = watch;
        cell.BringUp();
        watch.LastRing = cell.Nodes[0].Rules!.Members.Cohorts.LastRing;

        // The longest that one of a ring waits before it bids, and half as much again.
        var patience = (Echo * (3 * EchoesInJitter * cell.Ring)) + Margin;
        var cost = new Cost(cell);
        var (isPlaced, next) = (new bool[jobs.Count], 0);
        var underWay = new List<(int Job, SlotId Slot, TimeSpan Since)>();
        while (next < jobs.Count || underWay.Count > 0)
        {
            while (underWay.Count < InFlight && next < jobs.Count)
            {
                var intent = cell.Operator.Apply($"job-{seed}-{next}", RaceJobs.Spec(jobs[next], policy));
                underWay.Add((next++, new SlotId(intent.Workload, 0), world.Clock.Now));
            }

            world.Run(Step);
            for (var i = underWay.Count - 1; i >= 0; i--)
            {
                var (job, slot, since) = underWay[i];
                isPlaced[job] = watch.IsRunning(slot);
                var calledAt = watch.LastRing == 1 ? since : watch.AllCalledAt(slot);
                ScaleCell.Require(world.Clock.Now - since < Stuck, $"nobody was ever called for {slot}");
                if (isPlaced[job] || calledAt + patience <= world.Clock.Now)
                {
                    underWay.RemoveAt(i);
                    watch.Forget(slot);
                    if (!isPlaced[job])
                    {
                        cell.Operator.Delete(slot.Workload.Value);
                    }
                }
            }
        }

        world.Run(Margin);
        ScaleCell.Require(watch.Twice == 0, $"{watch.Twice} jobs ran twice");
        var curve = new Curve(trace.MilliDevices);
        for (var i = 0; i < jobs.Count; i++)
        {
            curve.Arrived(jobs[i], isPlaced[i]);
        }

        CheckDevices(cell, jobs.Where((_, i) => isPlaced[i]).Sum(j => j.MilliDevices));
        return new(curve, cost.Delivered(1) / Math.Max(1, curve.Placed), cell.Ring);
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
