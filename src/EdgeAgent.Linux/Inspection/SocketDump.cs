using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeAgent.Linux.Inspection.Binding;

namespace EdgeAgent.Linux.Inspection;

/// <summary>A socket that waits for others to speak to it.</summary>
public sealed record OpenSocket(string Protocol, IPAddress Address, int Port, uint Inode);

/// <summary>The kernel's sockets, by sock_diag(7): of TCP those that listen, of UDP those that are bound and have no peer.</summary>
public static class SocketDump
{
    private const byte FamilyV4 = 2;
    private const byte FamilyV6 = 10;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const uint Listening = 1 << 10;
    private const uint Unconnected = 1 << 7;
    private const ushort ByFamily = 20;
    private const ushort RequestDump = 0x301;
    private const ushort Error = 2;
    private const ushort Done = 3;
    // -ENOENT: a kernel without the module for a protocol tells nothing of it.
    private const int NoSuchModule = -2;
    private const int BytesOfV4 = 4;
    private const int Alignment = 4;

    public static List<OpenSocket> Read()
    {
        var found = new List<OpenSocket>();
        foreach (var (family, protocol) in (ReadOnlySpan<(byte, byte)>)[(FamilyV4, Tcp), (FamilyV6, Tcp), (FamilyV4, Udp), (FamilyV6, Udp)])
        {
            var isTcp = protocol == Tcp;
            var request = new DiagRequest
            {
                Header = new NetlinkHeader { Length = (uint)Unsafe.SizeOf<DiagRequest>(), Type = ByFamily, Flags = RequestDump },
                Family = family,
                Protocol = protocol,
                States = isTcp ? Listening : Unconnected,
            };
            Netlink.Dump(MemoryMarshal.AsBytes(new ReadOnlySpan<DiagRequest>(in request)), datagram => Take(datagram.Span, isTcp ? "tcp" : "udp", found));
        }

        return found;
    }

    /// <summary>Reads one datagram of the answer; true where it was the last. Throws <see cref="IOException"/> for what isn't an answer.</summary>
    public static bool Take(ReadOnlySpan<byte> datagram, string protocol, List<OpenSocket> found)
    {
        while (!datagram.IsEmpty)
        {
            if (!MemoryMarshal.TryRead<NetlinkHeader>(datagram, out var header) || header.Length < Unsafe.SizeOf<NetlinkHeader>() || header.Length > datagram.Length)
            {
                throw new IOException("the kernel's answer about its sockets is broken off");
            }

            var body = datagram[Unsafe.SizeOf<NetlinkHeader>()..(int)header.Length];
            switch (header.Type)
            {
                case Done:
                    return true;
                case Error when MemoryMarshal.TryRead<int>(body, out var error) && error is 0 or NoSuchModule:
                    return true;
                case Error:
                    throw new IOException("the kernel refuses to tell its sockets");
                case ByFamily when MemoryMarshal.TryRead<DiagMessage>(body, out var message):
                    Add(message, protocol, found);
                    break;
                case ByFamily:
                    throw new IOException("the kernel tells of a socket in too few bytes");
            }

            var step = ((int)header.Length + Alignment - 1) & ~(Alignment - 1);
            datagram = step < datagram.Length ? datagram[step..] : default;
        }

        return false;
    }

    private static unsafe void Add(DiagMessage message, string protocol, List<OpenSocket> found)
    {
        if (message.Family is FamilyV4 or FamilyV6)
        {
            var address = new ReadOnlySpan<byte>(message.Id.Source, message.Family == FamilyV4 ? BytesOfV4 : 16);
            var port = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(message.Id.SourcePort) : message.Id.SourcePort;
            found.Add(new OpenSocket(protocol, new IPAddress(address), port, message.Inode));
        }
    }
}
