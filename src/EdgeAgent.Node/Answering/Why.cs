using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
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
        foreach (var slot in core.ExplainSlots(workload))
        {
            lines.Add($"{slot.Slot}: {slot.Text}");
        }

        if (intent.Rejected != 0)
        {
            lines.Add($"generation {intent.Generation.ToString(CultureInfo.InvariantCulture)} was rejected, and the work of before is wanted (edgectl rollout status {workload})");
        }

        var assessed = core.Assess(intent);
        lines.Add(assessed.Obstacles.Count == 0
            ? $"{node} could run another one: it passes the filter, {ScoreText(assessed.Score, assessed.Parts)}"
            : $"{node} does not bid: {string.Join("; ", assessed.Obstacles.Select(o => o.Text))}");
        return lines;
    }

    /// <summary><c>score 812345 (base 700000, room 12345, preferences 100000)</c>.</summary>
    public static string ScoreText(int score, IReadOnlyList<ScorePart> parts) => string.Create(
        CultureInfo.InvariantCulture, $"score {score}{(parts.Count > 0 ? $" ({string.Join(", ", parts.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Points}")))})" : "")}");

    /// <summary>For a person: <c>18:04:11 hello/0 declined: needs 512Mi memory, 310Mi free</c>.</summary>
    public static string Text(Decision decision) =>
        $"{decision.At.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}Z {decision.Slot} {decision.What}: {decision.Text}";
}
