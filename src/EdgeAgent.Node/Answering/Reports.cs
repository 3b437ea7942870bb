using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Answering;

/// <summary>The JSON of the local socket. Names are those of <c>edgectl -o json</c>.</summary>
internal static class Reports
{
    public static ReadOnlyMemory<byte> Status(NodeOptions options, NodeStatus status, string link, string broker, long session, int slots, long published, long revision) => Write(json =>
    {
        json.WriteString("name", options.Node.Value);
        json.WriteString("fleet", options.Fleet.Value);
        json.WriteString("cell", options.Cell.Value);
        json.WriteString("version", options.Version);
        json.WriteString("link", link);
        json.WriteString("broker", broker);
        json.WriteNumber("session", session);
        json.WriteString("runtime", status.Runtime);
        json.WriteString("sandbox", status.Sandbox);
        json.WriteString("architecture", status.Architecture);
        json.WriteString("operatingSystem", status.OperatingSystem);
        json.WriteString("kernel", status.Kernel);
        Write(json, "capacity", status.Capacity);
        Write(json, "free", status.Free);
        json.WriteNumber("slots", slots);
        json.WriteNumber("published", published);
        json.WriteBoolean("cordoned", status.IsCordoned);
        json.WriteString("drain", status.Drain.ToString().ToLowerInvariant());
        json.WriteNumber("revision", revision);
        Write(json, "labels", status.Labels);
        Write(json, "hiddenLabels", status.HiddenLabels);
        json.WriteStartArray("taints");
        foreach (var taint in status.Taints)
        {
            json.WriteStringValue(taint.ToString());
        }

        json.WriteEndArray();
        Write(json, "conditions", status.Conditions);
        json.WriteStartObject("counters");
        foreach (var (name, count) in status.Counters)
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Slots(NodeCore core, IReadOnlyDictionary<SlotId, UnitReport> units) => Write(json =>
    {
        json.WriteStartArray("items");
        foreach (var word in core.OwnWords)
        {
            json.WriteStartObject();
            json.WriteString("workload", word.Slot.Workload.Value);
            json.WriteNumber("index", word.Slot.Index);
            json.WriteString("node", word.Node.Value);
            json.WriteNumber("epoch", word.Epoch.Value);
            json.WriteNumber("generation", word.Generation);
            json.WriteString("phase", word.Phase.ToString().ToLowerInvariant());
            json.WriteString("doing", core.PhaseOf(word.Slot).ToString().ToLowerInvariant());
            if (units.TryGetValue(word.Slot, out var unit))
            {
                json.WriteNumber("pid", unit.Pid);
                json.WriteString("unit", unit.Unit);
                json.WriteNumber("restarts", unit.Restarts);
                json.WriteString("startedAt", unit.StartedAt.ToString("O", CultureInfo.InvariantCulture));
            }

            if (!word.Devices.IsNone)
            {
                json.WriteString("devices", word.Devices.ToString());
            }

            json.WriteString("reason", word.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static ReadOnlyMemory<byte> Denials(IEnumerable<UnitDenied> denials) => Write(json =>
    {
        json.WriteStartArray("denials");
        foreach (var (slot, denial) in denials)
        {
            json.WriteStartObject();
            json.WriteString("slot", slot.ToString());
            json.WriteString("act", denial.Act.ToString().ToLowerInvariant());
            json.WriteString("object", denial.Object);
            json.WriteString("program", denial.Program);
            json.WriteBoolean("allowed", denial.IsAllowed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, string name, Core.Workloads.Resources resources)
    {
        json.WriteStartObject(name);
        json.WriteString("cpu", resources.Cpu.ToString());
        json.WriteString("memory", resources.Memory.ToString());
        json.WriteString("disk", resources.Disk.ToString());
        json.WriteNumber("tasks", resources.Tasks);
        foreach (var kind in resources.Devices.Kinds())
        {
            json.WriteString(kind, resources.Devices.Amounts(kind));
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> pairs)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
