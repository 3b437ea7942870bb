using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EdgeAgent.Simulation;

/// <summary>
/// A hash over everything that reaches a node, in order and with its time: two runs of one seed that differ anywhere differ in it. Where somebody listens it is told in words too.
/// </summary>
public sealed class SimTrace(SimClock clock)
{
    private const ulong Prime = 0x9fb21c651e98df25;

    public ulong Hash { get; private set; } = 0xcbf29ce484222325;

    /// <summary>Takes each line, for a person; null: nobody reads them, and none is made.</summary>
    public Action<string>? Reader { get; set; }

    public void Add(string who, string what, ReadOnlySpan<byte> payload = default)
    {
        Mix((ulong)clock.Now.Ticks);
        Mix(MemoryMarshal.AsBytes(who.AsSpan()));
        Mix(MemoryMarshal.AsBytes(what.AsSpan()));
        Mix(payload);
        Reader?.Invoke($"{clock.Now.TotalSeconds,10:0.0000} {who,-10} {what}{(payload.Length > 0 ? $" ({payload.Length} B)" : "")}");
    }

    /// <summary>For a person alone.</summary>
    public void Note(string who, string what) => Reader?.Invoke($"{clock.Now.TotalSeconds,10:0.0000} {who,-10} {what}");

    private void Mix(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        ulong rest = (ulong)bytes.Length << 56;
        for (var i = 0; i < bytes.Length; i++)
        {
            rest |= (ulong)bytes[i] << (8 * i);
        }

        Mix(rest);
    }

    private void Mix(ulong value)
    {
        var h = (Hash ^ value) * Prime;
        Hash = h ^ (h >> 32);
    }
}
