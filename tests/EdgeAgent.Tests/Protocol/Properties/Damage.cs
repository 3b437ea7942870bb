using CsCheck;

namespace EdgeAgent.Tests.Protocol;

/// <summary>What a network, a disk or an enemy does to bytes.</summary>
internal static class Damage
{
    public static readonly Gen<Func<byte[], byte[]>> Any = Gen.Select(Gen.Int[0, 4], Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Int[1, 8])
        .Select((kind, where, value, length) => (Func<byte[], byte[]>)(bytes => Apply(bytes, kind, where % (bytes.Length + 1), value, length)));

    private static byte[] Apply(byte[] bytes, int kind, int at, byte value, int length) => kind switch
    {
        0 => [.. bytes.Take(at), .. bytes.Skip(at).Take(1).Select(b => (byte)(b ^ (value | 1))), .. bytes.Skip(at + 1)],
        1 => bytes[..at],
        2 => [.. bytes[..at], .. Enumerable.Repeat(value, length), .. bytes[at..]],
        3 => [.. bytes[..at], .. bytes.Skip(at + length)],
        _ => [.. bytes, .. bytes.Take(at)],
    };
}
