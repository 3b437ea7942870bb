namespace EdgeAgent.Core.Workloads;

/// <summary>SHA-256 of what was signed of an intent. Ordered as a big-endian number; the zero digest means none.</summary>
public readonly record struct Digest(UInt128 High, UInt128 Low) : IComparable<Digest>
{
    public const int ByteCount = 32;

    public bool IsNone => High == UInt128.Zero && Low == UInt128.Zero;

    public static Digest FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes), System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]))
        : default;

    public byte[] ToBytes()
    {
        var bytes = new byte[ByteCount];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }

    public int CompareTo(Digest other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public override string ToString() => High.ToString("x32", System.Globalization.CultureInfo.InvariantCulture) + Low.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
