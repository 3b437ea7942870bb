namespace EdgeAgent.Core.Workloads;

/// <summary>Random 128 bits of an intent, new when a name is used again after its deletion. Written as 32 hexadecimal digits.</summary>
public readonly record struct Incarnation(UInt128 Value)
{
    public const int ByteCount = 16;

    public bool IsNone => Value == UInt128.Zero;

    public static Incarnation FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == ByteCount ? new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes)) : default;

    public byte[] ToBytes()
    {
        var bytes = new byte[ByteCount];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    public override string ToString() => Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
