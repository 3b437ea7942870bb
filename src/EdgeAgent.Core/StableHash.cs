namespace EdgeAgent.Core;

/// <summary>
/// A hash that is the same on every machine, architecture and version: placement is ordered by it.
/// FNV-1a over the UTF-8 bytes, finished with the 64-bit mixer of MurmurHash3 so that near names differ in all bits.
/// </summary>
public static class StableHash
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private const int RuneBytesMax = 4;

    public static ulong Of(string text) => Mix(Add(OffsetBasis, text));

    public static ulong Of(Placement.SlotId slot) => Mix(Add(OffsetBasis, slot));

    /// <summary>The rendezvous weight of (slot, node); a greater one wins.</summary>
    public static ulong Of(Placement.SlotId slot, Fleet.NodeId node) => Mix(Add(AddByte(Add(OffsetBasis, slot), (byte)'/'), node.Value));

    private static ulong Add(ulong before, Placement.SlotId slot)
    {
        var hash = Add(before, slot.Workload.Value);
        hash = AddByte(hash, (byte)'/');
        for (var rest = (uint)slot.Index; ; rest >>= 8)
        {
            hash = AddByte(hash, (byte)rest);
            if (rest < 256)
            {
                break;
            }
        }

        return hash;
    }

    /// <summary>The same, of (workload, node): who keeps a copy.</summary>
    public static ulong Of(Workloads.WorkloadName workload, Fleet.NodeId node) =>
        Mix(Add(AddByte(Add(OffsetBasis, workload.Value), (byte)'/'), node.Value));

    private static ulong Add(ulong hash, string text)
    {
        if (!System.Text.Ascii.IsValid(text))
        {
            return AddRunes(hash, text);
        }

        foreach (var letter in text)
        {
            hash = AddByte(hash, (byte)letter);
        }

        return hash;
    }

    private static ulong AddRunes(ulong hash, string text)
    {
        Span<byte> buffer = stackalloc byte[RuneBytesMax];
        foreach (var rune in text.EnumerateRunes())
        {
            var written = rune.EncodeToUtf8(buffer);
            for (var i = 0; i < written; i++)
            {
                hash = AddByte(hash, buffer[i]);
            }
        }

        return hash;
    }

    private static ulong AddByte(ulong hash, byte value) => (hash ^ value) * Prime;

    private static ulong Mix(ulong hash)
    {
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccd;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
