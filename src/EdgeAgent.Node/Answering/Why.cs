using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Answering;

/// <summary>Why a workload runs here, or does not: one line a slot, for a person.</summary>
internal static class Why
{
    public static IReadOnlyList<string> Explain(NodeCore core, NodeId node, WorkloadName workload)
    {
        if (core.IntentOf(workload) is not { } intent)
        {
            return [$"{node} knows no workload {workload}: has it been applied to this cell, and signed by a key that the node trusts?"];
        }

        if (intent.IsTombstone)
        {
            return [$"{workload} was deleted (generation {intent.Generation.ToString(CultureInfo.InvariantCulture)})"];
        }

        var lines = new List<string>();
        var hindrance = core.WhyNot(intent);
        foreach (var slot in core.ExplainSlots(workload))
        {
            lines.Add($"{slot.Slot}: {slot.Text}");
        }

        lines.Add(hindrance.Length == 0 ? $"{node} could run another one: it passes the filter" : $"{node} does not bid: {hindrance}");
        return lines;
    }
}
