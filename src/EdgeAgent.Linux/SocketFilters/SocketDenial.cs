using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.SocketFilters;

public enum SocketDenialKind
{
    Connect = 1,
    Listen,
    Socket,

    /// <summary>A packet with options of IP.</summary>
    Options,
}

/// <summary>What one of <see cref="SocketPrograms"/> has refused.</summary>
/// <param name="Tag">Whose it is.</param>
/// <param name="Denial">What was tried; of which process, the kernel doesn't tell such programs.</param>
public readonly record struct SocketDenial(ulong Tag, Denial Denial)
{
    // How it stands in the ring: numbers as the machine has them, the address as the network does.
    public const int Size = 40;
    public const int KindAt = 8;
    public const int ProtocolAt = 12;
    public const int PortAt = 16;
    public const int FamilyAt = 20;
    public const int AddressAt = 24;
    public const int Family4 = 2;
    public const int Family6 = 10;

    private const int Address4Size = 4;
    private const int Tcp = 6;
    private const int Udp = 17;
    private const int Raw = 3;

    public static bool TryRead(ReadOnlySpan<byte> record, out SocketDenial denial)
    {
        denial = default;
        if (record.Length < Size)
        {
            return false;
        }

        var (port, family) = (Number(record, PortAt), Number(record, FamilyAt));
        var protocol = Number(record, ProtocolAt) switch { Tcp => "tcp", Udp => "udp", var other => other.ToString(CultureInfo.InvariantCulture) };
        var (act, what) = (SocketDenialKind)Number(record, KindAt) switch
        {
            SocketDenialKind.Connect => (DeniedAct.Connect, $"{Address(record, family, port)}/{protocol}"),
            SocketDenialKind.Listen => (DeniedAct.Listen, $"{port}/{protocol}"),
            SocketDenialKind.Options => (DeniedAct.Network, $"{(family == Family6 ? "inet6" : "inet")} with options of IP"),
            _ => (DeniedAct.Network, $"{(family == Family6 ? "inet6" : "inet")} {(port == Raw ? "raw" : $"protocol {protocol}")}"),
        };
        denial = new SocketDenial(MemoryMarshal.Read<ulong>(record), new Denial(act, what, "", IsAllowed: false) { IsByNetworkRules = true });
        return true;
    }

    private static int Number(ReadOnlySpan<byte> record, int at) => MemoryMarshal.Read<int>(record[at..]);

    private static IPEndPoint Address(ReadOnlySpan<byte> record, int family, int port)
    {
        var address = new IPAddress(record.Slice(AddressAt, family == Family6 ? Size - AddressAt : Address4Size));
        return new IPEndPoint(address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address, port & ushort.MaxValue);
    }
}
