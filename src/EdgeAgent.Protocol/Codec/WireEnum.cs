using System.Runtime.CompilerServices;

namespace EdgeAgent.Protocol.Codec;

/// <summary>Core's enumerations as their number plus one, so that 0 on the wire is "left out", which reads as the first value.</summary>
internal static class WireEnum
{
    public static uint Write<T>(T value)
        where T : struct, Enum => (uint)Unsafe.As<T, int>(ref value) + 1;

    public static bool TryRead<T>(uint wire, out T value)
        where T : struct, Enum
    {
        var number = wire == 0 ? 0 : unchecked((int)(wire - 1));
        value = Unsafe.As<int, T>(ref number);
        return Enum.IsDefined(value);
    }
}
