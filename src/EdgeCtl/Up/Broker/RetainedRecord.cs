using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace EdgeCtl.Up.Broker;

/// <summary>
/// One record of the journal, little-endian: length of the body (4 bytes), CRC-32C of the body (4), then the body: QoS (1), length of the topic (2), topic
/// (UTF-8), payload. No payload clears the topic.
/// </summary>
internal static class RetainedRecord
{
    private const int HeaderBytes = 8;
    private const int BodyBytesMin = 3;
    private const int BodyBytesMax = BrokerLimits.PacketBytesMax + BodyBytesMin;

    public static void Write(Stream stream, RetainedMessage message)
    {
        var topic = Encoding.UTF8.GetBytes(message.Topic);
        var record = new byte[HeaderBytes + BodyBytesMin + topic.Length + message.Payload.Length];
        var body = record.AsSpan(HeaderBytes);
        body[0] = message.Qos;
        BinaryPrimitives.WriteUInt16LittleEndian(body[1..], checked((ushort)topic.Length));
        topic.CopyTo(body[BodyBytesMin..]);
        message.Payload.CopyTo(body[(BodyBytesMin + topic.Length)..]);
        BinaryPrimitives.WriteInt32LittleEndian(record, body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Checksum(body));
        stream.Write(record);
    }

    /// <summary>Null at the end, and at whatever is no whole record: a write that a crash tore, or a damaged disk.</summary>
    public static RetainedMessage? TryRead(Stream stream)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is < BodyBytesMin or > BodyBytesMax)
        {
            return null;
        }

        var body = new byte[length];
        if (stream.ReadAtLeast(body, length, throwOnEndOfStream: false) < length || Checksum(body) != BinaryPrimitives.ReadUInt32LittleEndian(header[4..]))
        {
            return null;
        }

        var topicBytes = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(1));
        return topicBytes == 0 || BodyBytesMin + topicBytes > length
            ? null
            : new(Encoding.UTF8.GetString(body, BodyBytesMin, topicBytes), body[(BodyBytesMin + topicBytes)..], Math.Min(body[0], (byte)2));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
