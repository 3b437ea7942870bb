using System.Runtime.InteropServices;

namespace EdgeAgent.Simulation;

/// <summary>Bytes are never changed once they were said, so that disks, the broker and a thousand readers share one array.</summary>
internal static class Payloads
{
    /// <summary>The array behind it; a copy only of what is a part of a greater one.</summary>
    public static byte[] Whole(this ReadOnlyMemory<byte> bytes) => bytes.TryWhole() ?? bytes.ToArray();

    public static byte[]? TryWhole(this ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : null;
}
