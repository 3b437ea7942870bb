using EdgeAgent.Core.Placement;

namespace EdgeAgent.Node.Ports;

/// <summary>
/// Streams of units' output for operators. A stream has at most <see cref="NodeLimits.LogChunksUnacknowledged"/> chunks that the loop hasn't acknowledged: the
/// broker's own pace is the stream's.
/// </summary>
public interface ILogs
{
    void Submit(LogRequest request);
}

public abstract record LogRequest(long Id);

/// <summary><paramref name="Lines"/> of what was there before (null: all that is kept), then what comes, if <paramref name="Follow"/>.</summary>
public sealed record LogOpen(long Id, SlotId Slot, int? Lines, bool Follow) : LogRequest(Id);

public sealed record LogAcknowledge(long Id) : LogRequest(Id);

public sealed record LogClose(long Id) : LogRequest(Id);

/// <summary>
/// Whole lines, UTF-8, each ended by a line feed and begun by its time (RFC 3339, or "-") and a space; at most
/// ProtocolLimits.ChunkBytesMax. The last one has <paramref name="IsEnd"/>, with an error where it broke.
/// </summary>
public sealed record LogChunk(long Id, ReadOnlyMemory<byte> Bytes, bool IsEnd, string? Error) : NodeInput;
