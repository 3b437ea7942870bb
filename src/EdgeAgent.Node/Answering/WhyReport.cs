using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Answering;

/// <summary>The answer to <c>why</c> for programs: docs/spec/why.md has its fields. What it says in <c>lines</c> is for people.</summary>
internal static class WhyReport
{
    public static ReadOnlyMemory<byte> Of(NodeCore core, NodeId node, WorkloadName workload, DateTimeOffset at, IEnumerable<Decision> decisions)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("node", node.Value);
            json.WriteString("workload", workload.Value);
            json.WriteString("at", Time(at));
            Write(json, "lines", Why.Explain(core, node, workload));
            if (core.IntentOf(workload) is { IsTombstone: false } intent)
            {
                json.WriteNumber("generation", intent.Generation);
                json.WriteBoolean("rejected", intent.Rejected != 0);
                Write(json, core.ExplainSlots(workload));
                Write(json, core.Assess(intent));
            }

            json.WriteStartArray("decisions");
            foreach (var decision in decisions)
            {
                json.WriteStartObject();
                json.WriteString("at", Time(decision.At));
                json.WriteString("slot", decision.Slot.ToString());
                json.WriteString("what", decision.What);
                json.WriteString("text", decision.Text);
                json.WriteString("line", Why.Text(decision));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<SlotView> slots)
    {
        json.WriteStartArray("slots");
        foreach (var slot in slots)
        {
            json.WriteStartObject();
            json.WriteString("slot", slot.Slot.ToString());
            json.WriteString("doing", slot.Own.ToString().ToLowerInvariant());
            json.WriteBoolean("vacant", slot.IsVacant);
            json.WriteString("text", slot.Text);
            if (slot.Elsewhere is { } elsewhere)
            {
                Write(json, [elsewhere]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Assessment assessed)
    {
        json.WriteBoolean("fits", assessed.Obstacles.Count == 0);
        Write(json, assessed.Obstacles);
        json.WriteStartObject("score");
        json.WriteNumber("total", assessed.Score);
        json.WriteStartObject("parts");
        foreach (var part in assessed.Parts)
        {
            json.WriteNumber(part.Name, part.Points);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<Obstacle> obstacles)
    {
        json.WriteStartArray("obstacles");
        foreach (var obstacle in obstacles)
        {
            json.WriteStartObject();
            json.WriteString("kind", obstacle.Name);
            json.WriteString("text", obstacle.Text);
            json.WriteString("lacks", obstacle.Lacks);
            json.WriteNumber("share", obstacle.Share);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
