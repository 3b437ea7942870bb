using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Simulation;

/// <summary>The real topics, each taken apart once for all nodes of a world: their names are one string each then, and not one for each node and message.</summary>
internal sealed class RememberingTopics(string root, FleetId fleet, CellId cell) : TopicSpace(root, fleet, cell)
{
    private readonly Dictionary<string, Topic?> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeId, NodeId> _nodes = [];
    private readonly Dictionary<WorkloadName, WorkloadName> _workloads = [];

    public override bool TryParse(string topic, out Topic parsed)
    {
        if (!_known.TryGetValue(topic, out var known))
        {
            _known[topic] = known = base.TryParse(topic, out parsed) ? Shared(parsed) : null;
        }

        parsed = known ?? default;
        return known is not null;
    }

    private Topic Shared(Topic topic) => topic with { Node = One(_nodes, topic.Node), Workload = One(_workloads, topic.Workload) };

    private static T One<T>(Dictionary<T, T> all, T name)
        where T : struct
    {
        if (!all.TryGetValue(name, out var one))
        {
            all[name] = one = name;
        }

        return one;
    }
}
