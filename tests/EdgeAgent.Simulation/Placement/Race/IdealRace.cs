using EdgeAgent.Core;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Placement.Race;

/// <summary>
/// The claim race without a network: of the candidates that pass the real filter the one with the best real score takes the slot, and where none passes the next ring is asked. What real
/// messages lose against this is what time and jitter cost.
/// </summary>
internal static class IdealRace
{
    public static RaceResult Place(Trace trace, IReadOnlyList<TraceJob> jobs, PlacementPolicy policy, int ring, ulong seed)
    {
        var nodes = trace.Nodes.Select((n, i) => new Peer(NodeId.Parse($"node-{i}"), RaceJobs.Capacity(n), RaceJobs.FactSet(n), n.Model)).ToArray();
        var cohorts = new Cohorts(nodes[0].Id, ring);
        foreach (var node in nodes.Skip(1))
        {
            cohorts.Add(node.Id, isPresent: true);
        }

        var demands = nodes.GroupBy(n => n.Model).ToDictionary(g => g.Key, g => (Demand: new Demand(), Peer: g.First()));
        var specs = new Dictionary<TraceJob, WorkloadSpec>();
        var curve = new Curve(trace.MilliDevices);
        for (var i = 0; i < jobs.Count; i++)
        {
            var job = jobs[i];
            if (!specs.TryGetValue(job, out var spec))
            {
                specs[job] = spec = RaceJobs.Spec(job, policy);
            }

            var slot = new SlotId(WorkloadName.Parse($"job-{seed}-{i}"), 0);
            var intent = new Intent { Workload = slot.Workload, Incarnation = default, Generation = 1, Digest = default, Signed = default, Spec = spec };
            foreach (var (demand, peer) in demands.Values)
            {
                demand.Add(spec, Filter.IsKind(spec, peer.Describe(demand), out _));
            }

            var winner = Winner(nodes, cohorts, demands, intent, slot);
            winner?.Take(spec, demands[winner.Model].Demand);
            if (winner is null)
            {
                // Its intent is deleted, and so is its demand.
                foreach (var (demand, peer) in demands.Values)
                {
                    demand.Remove(spec, Filter.IsKind(spec, peer.Describe(demand), out _));
                }
            }

            curve.Arrived(job, winner is not null);
        }

        return new(curve, 0, nodes.Length / Math.Pow(2, cohorts.Bits));
    }

    private static Peer? Winner(Peer[] nodes, Cohorts cohorts, Dictionary<string, (Demand Demand, Peer Peer)> demands, Intent intent, SlotId slot)
    {
        for (var ring = 1; ring <= cohorts.LastRing; ring++)
        {
            var mask = (1 << cohorts.BitsOf(ring)) - 1;
            Peer? best = null;
            var score = -1;
            foreach (var node in nodes)
            {
                if (((node.Bucket ^ Bucket.Of(slot)) & mask) != 0)
                {
                    continue;
                }

                var self = node.Describe(demands[node.Model].Demand);
                if (!Filter.Check(intent, self).IsNone)
                {
                    continue;
                }

                var own = Score.Of(intent.Spec!, self, 0, nodes.Length);
                if (own > score || (own == score && StableHash.Of(slot, node.Id) > StableHash.Of(slot, best!.Id)))
                {
                    (best, score) = (node, own);
                }
            }

            if (best is not null)
            {
                return best;
            }
        }

        return null;
    }

    private sealed class Peer(NodeId id, Resources whole, Core.Expressions.FactSet facts, string model)
    {
        private readonly Resources _capacity = whole;
        private Resources _free = whole;

        public NodeId Id => id;

        public string Model => model;

        public int Bucket { get; } = Core.Placement.Bucket.Of(id);

        public Self Describe(Demand demand) => new() { Architecture = "amd64", Capacity = _capacity, Free = _free, Facts = facts, Demand = demand };

        public void Take(WorkloadSpec spec, Demand demand)
        {
            var self = Describe(demand);
            var devices = DeviceRoom.Choose(spec.Devices, _free.Devices, best: spec.Policy == PlacementPolicy.Fragmentation ? r => Fragmentation.BestDevice(spec, self, r) : null);
            _free -= spec.Resources with { Devices = devices };
        }
    }
}
