using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using EdgeAgent.Protocol.Wire;
using ProtoBuf;

namespace EdgeAgent.Protocol.Codec;

/// <summary>Protobuf bytes to and from the wire's classes. The only place that calls the serializer.</summary>
public static class Proto
{
    private const string Why = "FleetModel has a serializer made at compile time for every message that is passed here; none is reflected on.";

    [UnconditionalSuppressMessage("Trimming", "IL2091", Justification = Why)]
    public static byte[] Write<T>(T message)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        FleetModel.Instance.Serialize(buffer, message);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>False for anything that isn't such a message: no byte from the network may throw past here.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2091", Justification = Why)]
    public static bool TryRead<T>(ReadOnlyMemory<byte> bytes, out T message)
        where T : class
    {
        try
        {
            message = FleetModel.Instance.Deserialize<T>(bytes);
            return message is not null;
        }
        catch (Exception e) when (e is ProtoException or EndOfStreamException or OverflowException or InvalidOperationException or ArgumentException or FormatException or NotSupportedException)
        {
            message = null!;
            return false;
        }
    }
}
