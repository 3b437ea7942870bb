using System.Buffers;
using System.Text.Json;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary>Words on the node itself: answered when they are on disk.</summary>
internal sealed partial class CommandDesk
{
    private void Mark(Command command, Answer answer)
    {
        if (marker(command, out var batch) is { } refusal)
        {
            Refuse(answer, refusal);
            return;
        }

        Say(answer, "{}"u8.ToArray(), isEnd: true, null, afterBatch: batch);
    }

    /// <summary>What is to leave this node and hasn't yet: for <c>drain --wait</c>.</summary>
    private void Leaving(Answer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (slot, stays, text) in core.Leaving)
            {
                json.WriteStartObject(slot.ToString());
                json.WriteBoolean("stays", stays);
                json.WriteBoolean("pinned", core.IntentOf(slot.Workload)?.Spec?.Partition == PartitionPolicy.Pin);
                json.WriteString("text", text);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        Say(answer, buffer.WrittenMemory, isEnd: true, null);
    }
}
