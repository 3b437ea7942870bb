using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Small;

/// <summary>What must be true in every state, and where everything has come to rest.</summary>
internal sealed partial class World
{
    /// <summary>What is wrong with a state; null: nothing.</summary>
    public string? Judge(ReadOnlySpan<int> state)
    {
        for (var i = 0; i < _ids.Length && !_scenario.MayRunTwice; i++)
        {
            foreach (var slot in _facts[state[Node(i)]].Running)
            {
                for (var k = 0; k < i; k++)
                {
                    if (_facts[state[Node(k)]].Running.Contains(slot))
                    {
                        return $"{slot} runs on {_ids[k]} and on {_ids[i]}";
                    }
                }
            }
        }

        return _scenario.DownMax is { } max && Down(state) is var down && down > max ? $"{down} slots are down at once, and {max} may be" : null;
    }

    private int Down(ReadOnlySpan<int> state)
    {
        var running = new HashSet<SlotId>();
        for (var i = 0; i < _ids.Length; i++)
        {
            running.UnionWith(_facts[state[Node(i)]].Running);
        }

        return Wanted(_scenario.Before).Count(s => !running.Contains(s));
    }

    /// <summary>Nothing is under way and nobody has anything to do: what is wrong then, seen by those who can be reached.</summary>
    public string? JudgeRest(ReadOnlySpan<int> state)
    {
        if (!_brokers[state[Broker]].IsUp)
        {
            return null;
        }

        var there = new List<int>();
        for (var i = 0; i < _ids.Length; i++)
        {
            var node = _nodes[state[Node(i)]];
            if (node.IsAlive && !node.IsCut)
            {
                if (!node.IsReady)
                {
                    return $"{_ids[i]} is not connected, and does nothing about it";
                }

                there.Add(i);
            }
        }

        if (there.Count == 0)
        {
            return null;
        }

        // What a broker lost before anybody had heard it is for the operator to say again.
        var known = new List<Intent>();
        foreach (var i in there)
        {
            known.AddRange(_nodes[state[Node(i)]].Intents);
        }

        var wanted = Wanted(known);
        foreach (var slot in wanted)
        {
            if (JudgeRest(state, slot, there) is { } wrong)
            {
                return wrong;
            }
        }

        foreach (var i in there)
        {
            if (_facts[state[Node(i)]].Running.FirstOrDefault(s => !wanted.Contains(s)) is { Workload.Value: not null } orphan)
            {
                return $"{_ids[i]} still runs {orphan}, which nobody wants";
            }
        }

        return null;
    }

    private string? JudgeRest(ReadOnlySpan<int> state, SlotId slot, List<int> there)
    {
        var runners = new List<int>();
        foreach (var i in there)
        {
            if (_facts[state[Node(i)]].Running.Contains(slot))
            {
                runners.Add(i);
            }
        }

        if (runners.Count != 1)
        {
            return $"everything is at rest, and {slot} runs on {(runners.Count == 0 ? "no node" : string.Join(" and ", runners.Select(r => _ids[r])))}";
        }

        // A bid, given up or of one who is gone, may stand above who holds it: it counts for its epoch and for nothing else.
        var believed = _nodes[state[Node(runners[0])]].View(slot)?.Greatest;
        foreach (var i in _scenario.MayMissWords ? [] : there)
        {
            var seen = _nodes[state[Node(i)]].View(slot)?.Greatest;
            if (seen is null || seen.Node != believed!.Node || seen.Order != believed.Order || (seen.Phase is not (ClaimPhase.Withdrawn or ClaimPhase.Bid) && (seen.Phase != ClaimPhase.Running || seen.Node != _ids[runners[0]])))
            {
                return $"everything is at rest, {slot} runs on {_ids[runners[0]]}, and {_ids[i]} believes: {(seen is null ? "nothing" : new ClaimWord(seen))}";
            }
        }

        return null;
    }

    private static HashSet<SlotId> Wanted(IEnumerable<Intent> said)
    {
        var latest = said.GroupBy(i => i.Workload).Select(g => g.MaxBy(i => i.Generation)!);
        return [.. latest.SelectMany(i => Enumerable.Range(0, i.Spec?.Replicas ?? 0).Select(n => new SlotId(i.Workload, n)))];
    }
}
