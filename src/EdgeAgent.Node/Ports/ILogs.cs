namespace EdgeAgent.Node.Ports;

/// <summary>
/// Streams of units' output for operators. A stream has at most <see cref="NodeLimits.LogChunksUnacknowledged"/> chunks that the loop hasn't acknowledged: the
/// broker's own pace is the stream's.
/// </summary>
public interface ILogs
{
    void Submit(LogRequest request);
}

public abstract record LogRequest(long Id)
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

public sealed record LogOpen(long Id, LogQuery Query) : LogRequest(Id);

public sealed record LogAcknowledge(long Id) : LogRequest(Id);

public sealed record LogClose(long Id) : LogRequest(Id);

/// <summary>
/// Whole lines, UTF-8, each ended by a line feed and begun by its time (RFC 3339, or "-") and a space; at most
/// ProtocolLimits.ChunkBytesMax. The last one has <paramref name="IsEnd"/>, with an error where it broke.
/// </summary>
public sealed record LogChunk(long Id, ReadOnlyMemory<byte> Bytes, bool IsEnd, string? Error) : NodeInput
{
    /// <summary>Of the last line that has one; empty where none has.</summary>
    public string Cursor { get; init; } = "";
}
