using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.SocketFilters;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.SocketFilters;

/// <summary>What the programs answer that hold work to its network rules.</summary>
public sealed class SocketProgramsTests
{
    private const int Tcp = 6;
    private const int Udp = 17;
    private const ulong Tag = 0x1122334455667788;

    private static readonly NetworkRules Rules = new()
    {
        Connect = ["10.0.0.0/15:5432/tcp", "192.0.2.7", "any:53/udp", "[2001:db8::]/33:443-444", "localhost:8080", "[fd00::1]:1-65535/udp", "0.0.0.0/5:443", "[::]/112:443"],
        Listen = ["8080", "5353/udp", "9000-9002/udp", "9001-9002/tcp"],
    };

    [Theory]
    [InlineData("10.1.0.0", 5432, Tcp, true)]
    [InlineData("10.1.255.255", 5432, Tcp, true)]
    [InlineData("10.0.255.255", 5432, Tcp, true)]
    [InlineData("10.2.0.0", 5432, Tcp, false)]
    [InlineData("9.255.0.0", 5432, Tcp, false)]
    [InlineData("10.1.0.1", 5431, Tcp, false)]
    [InlineData("10.1.0.1", 5432, Udp, false)]
    [InlineData("192.0.2.7", 1, Udp, true)]
    [InlineData("192.0.2.6", 1, Tcp, false)]
    [InlineData("203.0.113.9", 53, Udp, true)]
    [InlineData("203.0.113.9", 53, Tcp, false)]
    [InlineData("127.255.0.1", 8080, Tcp, true)]
    [InlineData("2001:db8:7fff:ffff::1", 444, Tcp, true)]
    [InlineData("2001:db8:8000::1", 444, Tcp, false)]
    [InlineData("2001:db8::1", 445, Tcp, false)]
    [InlineData("2001:db9::1", 443, Tcp, false)]
    [InlineData("2001:db9::1", 53, Udp, true)]
    [InlineData("::1", 8080, Tcp, true)]
    [InlineData("::2", 8080, Tcp, false)]
    [InlineData("fd00::1", 65535, Udp, true)]
    [InlineData("::ffff:10.1.0.1", 5432, Tcp, true)]
    [InlineData("::ffff:10.2.0.1", 5432, Tcp, false)]
    [InlineData("0.0.0.0", 443, Tcp, false)]
    [InlineData("1.2.3.4", 443, Tcp, true)]
    [InlineData("::ffff:0.0.0.0", 443, Tcp, false)]
    [InlineData("::", 443, Tcp, false)]
    [InlineData("::3", 443, Tcp, true)]
    [InlineData("0.0.0.0", 53, Udp, true)]
    [InlineData("::", 53, Udp, true)]
    public void It_reaches_what_is_declared_and_nothing_else(string address, int port, int protocol, bool isAllowed)
    {
        var isSix = address.Contains(':', StringComparison.Ordinal);
        Answers(isSix ? SocketHook.Connect6 : SocketHook.Connect4, Asked(address, port, protocol), null, null, isAllowed, DeniedAct.Connect, $"{Shown(address)}:{port}/{(protocol == Tcp ? "tcp" : "udp")}");
        Answers(isSix ? SocketHook.Send6 : SocketHook.Send4, Asked(address, port, protocol), Sender(40000), null, isAllowed, DeniedAct.Connect, $"{Shown(address)}:{port}/{(protocol == Tcp ? "tcp" : "udp")}");
    }

    [Theory]
    [InlineData(5353, true)]
    [InlineData(9001, true)]
    [InlineData(8080, false)]
    [InlineData(40000, false)]
    public void Who_serves_by_datagrams_answers_anybody(int from, bool isAllowed)
    {
        Answers(SocketHook.Send4, Asked("203.0.113.9", 7, Udp), Sender(from), null, isAllowed, DeniedAct.Connect, "203.0.113.9:7/udp");
        Answers(SocketHook.Send6, Asked("2001:db9::1", 7, Udp), Sender(from), null, isAllowed, DeniedAct.Connect, "[2001:db9::1]:7/udp");
    }

    [Theory]
    [InlineData(0, Tcp, true)]
    [InlineData(8080, Tcp, true)]
    [InlineData(8080, Udp, false)]
    [InlineData(5353, Udp, true)]
    [InlineData(9000, Udp, true)]
    [InlineData(9002, Tcp, true)]
    [InlineData(9003, Tcp, false)]
    [InlineData(8999, Udp, false)]
    public void It_takes_the_ports_that_are_declared_or_any_that_is_free(int port, int protocol, bool isAllowed)
    {
        foreach (var (hook, address) in new[] { (SocketHook.Bind4, "0.0.0.0"), (SocketHook.Bind6, "::") })
        {
            Answers(hook, Asked(address, port, protocol), null, null, isAllowed, DeniedAct.Listen, $"{port}/{(protocol == Tcp ? "tcp" : "udp")}");
        }
    }

    [Theory]
    [InlineData(2, 1, Tcp, true, "")]
    [InlineData(10, 2, Udp, true, "")]
    [InlineData(2, 3, 255, false, "inet raw")]
    [InlineData(2, 2, 1, false, "inet protocol 1")]
    [InlineData(10, 1, 132, false, "inet6 protocol 132")]
    [InlineData(2, 3, Tcp, false, "inet raw")]
    [InlineData(2, 2, Tcp, false, "inet protocol tcp")]
    [InlineData(2, 1, 262, false, "inet protocol 262")]
    public void It_makes_sockets_of_TCP_and_UDP(int family, int type, int protocol, bool isAllowed, string what) =>
        Answers(SocketHook.Create, Words(0, family, type, protocol), null, null, isAllowed, DeniedAct.Network, what);

    [Theory]
    [InlineData("203.0.113.9", Tcp, 40000, 8080, 0x02, true, true)]
    [InlineData("203.0.113.9", Tcp, 40000, 8081, 0x02, false, true)]
    [InlineData("203.0.113.9", Tcp, 443, 8081, 0x12, true, true)]
    [InlineData("203.0.113.9", Tcp, 443, 8081, 0x10, true, true)]
    [InlineData("203.0.113.9", Udp, 40000, 5353, 0, true, false)]
    [InlineData("203.0.113.9", Udp, 40000, 40001, 0, false, false)]
    [InlineData("203.0.113.9", Udp, 53, 40001, 0, true, false)]
    [InlineData("203.0.113.9", 1, 0, 0, 0, false, false)]
    [InlineData("2001:db9::1", Tcp, 40000, 9002, 0x02, true, true)]
    [InlineData("2001:db9::1", Tcp, 40000, 9003, 0x02, false, true)]
    [InlineData("fd00::1", Udp, 7, 40001, 0, true, false)]
    [InlineData("fd00::2", Udp, 7, 40001, 0, false, false)]
    [InlineData("fd00::2", 0, 7, 40001, 0, false, false)]
    public void It_is_reached_at_the_ports_that_are_declared_and_by_answers(string from, int protocol, int source, int port, int flags, bool isAllowed, bool isTold)
    {
        foreach (var options in new[] { 0, 4 })
        {
            var packet = Packet(from, protocol, source, port, flags, options);
            Answers(SocketHook.Ingress, Packed(from), null, packet, isAllowed, DeniedAct.Listen, isTold ? $"{port}/tcp" : null);
        }
    }

    /// <summary>Source routes have a packet go elsewhere than its address says.</summary>
    [Theory]
    [InlineData("10.0.0.1", Tcp, 0, true)]
    [InlineData("10.0.0.1", Udp, 0, true)]
    [InlineData("10.0.0.1", Udp, 4, false)]
    [InlineData("fd00::1", Udp, 0, true)]
    [InlineData("fd00::1", 43, 0, false)]
    [InlineData("fd00::1", 0, 0, false)]
    public void What_it_sends_has_no_options_of_IP(string address, int protocol, int options, bool isAllowed) =>
        Answers(SocketHook.Egress, Packed(address), null, Packet(address, protocol, 1, 2, 0x10, options), isAllowed, DeniedAct.Network, $"{(address.Contains(':', StringComparison.Ordinal) ? "inet6" : "inet")} with options of IP");

    /// <summary>A connected socket that sends with words beside the data is asked about again, without an address: its connect(2) was.</summary>
    [Fact]
    public void What_a_connected_socket_sends_was_asked_when_it_connected()
    {
        Answers(SocketHook.Send4, Asked("0.0.0.0", 0, Udp), Sender(40000), null, isAllowed: true, DeniedAct.Connect, null);
        Answers(SocketHook.Send6, Asked("::", 0, Udp), Sender(40000), null, isAllowed: true, DeniedAct.Connect, null);
    }

    [Fact]
    public void A_packet_that_is_cut_off_is_refused_and_no_other_protocol_s()
    {
        var whole = Packet("203.0.113.9", Tcp, 40000, 8080, 0x02, 0);
        for (var length = 0; length < 34; length++)
        {
            Answers(SocketHook.Ingress, Packed("203.0.113.9"), null, whole[..length], isAllowed: false, DeniedAct.Listen, null);
        }

        Answers(SocketHook.Ingress, Words(0, 0, 0, 0, 0x0608), null, [], isAllowed: true, DeniedAct.Listen, null);
    }

    [Fact]
    public void Without_rules_nothing_is_reached_and_with_as_many_as_there_may_be_each_counts()
    {
        foreach (var hook in SocketHook.All.Where(h => h != SocketHook.Create && h != SocketHook.Ingress && h != SocketHook.Egress))
        {
            Assert.False(new BpfMachine(SocketPrograms.Of(hook, new NetworkRules(), Tag, 0), Asked("192.0.2.7", 53, Udp), Sender(1)).Run());
        }

        var many = new NetworkRules
        {
            Connect = [.. Enumerable.Range(0, WorkloadLimits.NetworkRulesMax).Select(i => $"192.0.2.{i}:{1000 + i}")],
            Listen = [.. Enumerable.Range(0, WorkloadLimits.NetworkRulesMax).Select(i => $"{2000 + i}")],
        };
        for (var i = 0; i < WorkloadLimits.NetworkRulesMax; i++)
        {
            Assert.True(new BpfMachine(SocketPrograms.Of(SocketHook.Connect4, many, Tag, 0), Asked($"192.0.2.{i}", 1000 + i, Tcp)).Run());
            Assert.False(new BpfMachine(SocketPrograms.Of(SocketHook.Connect4, many, Tag, 0), Asked($"192.0.2.{i}", 1001 + i, Tcp)).Run());
            Assert.True(new BpfMachine(SocketPrograms.Of(SocketHook.Bind6, many, Tag, 0), Asked("::", 2000 + i, Tcp)).Run());
        }
    }

    [Fact]
    public void What_is_no_record_is_not_read() => Assert.False(SocketDenial.TryRead(new byte[SocketDenial.Size - 1], out _));

    /// <summary>What it answers, and what of a refusal is told: null, nothing.</summary>
    private static void Answers(SocketHook hook, byte[] context, byte[]? socket, byte[]? packet, bool isAllowed, DeniedAct act, string? what)
    {
        var machine = new BpfMachine(SocketPrograms.Of(hook, Rules, Tag, 0), context, socket, packet);
        Assert.Equal(isAllowed, machine.Run());
        if (isAllowed || what is null)
        {
            Assert.Null(machine.Record);
            return;
        }

        Assert.True(SocketDenial.TryRead(machine.Record, out var denial));
        Assert.Equal(new SocketDenial(Tag, new Denial(act, what, "", IsAllowed: false) { IsByNetworkRules = true }), denial);
    }

    private static string Shown(string address) => IPAddress.Parse(address) is var parsed && parsed.IsIPv4MappedToIPv6 ? $"{parsed.MapToIPv4()}" : parsed.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{parsed}]" : $"{parsed}";

    /// <summary>struct bpf_sock_addr; its socket is a pointer.</summary>
    private static byte[] Asked(string address, int port, int protocol)
    {
        var asked = new byte[72];
        var bytes = IPAddress.Parse(address).GetAddressBytes();
        bytes.CopyTo(asked.AsSpan(bytes.Length == 4 ? 4 : 8));
        BinaryPrimitives.WriteUInt16BigEndian(asked.AsSpan(24), (ushort)port);
        BinaryPrimitives.WriteInt32LittleEndian(asked.AsSpan(36), protocol);
        return asked;
    }

    /// <summary>struct bpf_sock.</summary>
    private static byte[] Sender(int port)
    {
        var socket = new byte[80];
        BinaryPrimitives.WriteInt32LittleEndian(socket.AsSpan(44), port);
        return socket;
    }

    /// <summary>struct __sk_buff.</summary>
    private static byte[] Packed(string from) => Words(0, 0, 0, 0, from.Contains(':', StringComparison.Ordinal) ? 0xDD86 : 0x0008);

    private static byte[] Words(params int[] words) => [.. words.SelectMany(BitConverter.GetBytes)];

    private static byte[] Packet(string from, int protocol, int source, int port, int flags, int options)
    {
        var address = IPAddress.Parse(from).GetAddressBytes();
        byte[] header = address.Length == 4
            ? [(byte)(0x45 + (options / 4)), 0, 0, 0, 0, 0, 0, 0, 64, (byte)protocol, 0, 0, .. address, 10, 0, 0, 1, .. new byte[options]]
            : [0x60, 0, 0, 0, 0, 0, (byte)protocol, 64, .. address, .. new byte[16]];
        var carried = new byte[20];
        BinaryPrimitives.WriteUInt16BigEndian(carried, (ushort)source);
        BinaryPrimitives.WriteUInt16BigEndian(carried.AsSpan(2), (ushort)port);
        carried[13] = (byte)flags;
        return [.. header, .. carried];
    }
}
