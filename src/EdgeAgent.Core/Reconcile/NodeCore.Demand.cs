using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Reconcile;

/// <summary>The demand that this node has seen, kept as intents come and go: the policy <c>fragmentation</c> weighs leftovers by it.</summary>
public sealed partial class NodeCore
{
    private readonly Demand _demand = new();

    private void CountDemand(Intent? before, Intent after)
    {
        var self = Describe();
        if (before?.Spec is { } old)
        {
            _demand.Remove(old, Filter.IsKind(old, self, out _));
        }

        if (after.Spec is { } spec)
        {
            _demand.Add(spec, Filter.IsKind(spec, self, out _));
        }
    }

    /// <summary>Which of it could run here depends on labels and devices.</summary>
    private void CountDemandAnew()
    {
        _demand.Clear();
        foreach (var known in _intents.Values)
        {
            CountDemand(null, known.Intent);
        }
    }
}
