using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Linux.Inspection;
using Xunit;

namespace EdgeAgent.Tests.Linux.Inspection;

/// <summary>Proves how the kernel's answers about its sockets are read, broken ones among them, and whose each is.</summary>
public sealed class SocketTests
{
    private const int HeaderBytes = 16;
    private const int MessageBytes = 72;
    private const ushort ByFamily = 20;
    private const ushort Done = 3;
    private const ushort Error = 2;

    [Fact]
    public void A_socket_is_read_with_its_address_in_the_order_of_the_network()
    {
        var found = new List<OpenSocket>();
        Assert.False(SocketDump.Take(Message(ByFamily, Socket(2, 8080, [127, 0, 0, 1], 99)), "tcp", found));
        Assert.True(SocketDump.Take([.. Message(ByFamily, Socket(10, 53, IPAddress.IPv6Loopback.GetAddressBytes(), 7)), .. Message(Done, new byte[4])], "udp", found));
        Assert.Equal([new OpenSocket("tcp", IPAddress.Loopback, 8080, 99), new OpenSocket("udp", IPAddress.IPv6Loopback, 53, 7)], found);
    }

    [Fact]
    public void An_answer_that_is_cut_anywhere_is_an_error_or_not_yet_the_end_and_never_read_beyond()
    {
        byte[] whole = [.. Message(ByFamily, Socket(2, 80, [0, 0, 0, 0], 1)), .. Message(ByFamily, Socket(2, 81, [0, 0, 0, 0], 2))];
        for (var length = 1; length < whole.Length; length++)
        {
            var (cut, found) = (whole[..length], new List<OpenSocket>());
            if (length == HeaderBytes + MessageBytes)
            {
                Assert.False(SocketDump.Take(cut, "tcp", found));
            }
            else
            {
                Assert.Throws<IOException>(() => SocketDump.Take(cut, "tcp", found));
            }
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x80000000u)]
    public void A_length_that_can_not_be_is_an_error(uint length)
    {
        var message = Message(ByFamily, Socket(2, 80, [0, 0, 0, 0], 1));
        BitConverter.TryWriteBytes(message, length);
        Assert.Throws<IOException>(() => SocketDump.Take(message, "tcp", []));
    }

    [Fact]
    public void A_socket_in_too_few_bytes_and_a_refusal_are_errors_and_a_protocol_that_the_kernel_has_not_is_empty()
    {
        Assert.Throws<IOException>(() => SocketDump.Take(Message(ByFamily, new byte[MessageBytes - 1]), "tcp", []));
        Assert.Throws<IOException>(() => SocketDump.Take(Message(Error, BitConverter.GetBytes(-1)), "tcp", []));
        Assert.Throws<IOException>(() => SocketDump.Take(Message(Error, []), "tcp", []));
        Assert.True(SocketDump.Take(Message(Error, BitConverter.GetBytes(-2)), "udp", []));
    }

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        var random = new Random(4);
        for (var turn = 0; turn < 20_000; turn++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            if (bytes.Length >= HeaderBytes)
            {
                BitConverter.TryWriteBytes(bytes, random.Next(bytes.Length + 8));
                BitConverter.TryWriteBytes(bytes.AsSpan(4), (ushort)random.Next(24));
            }

            try
            {
                SocketDump.Take(bytes, "tcp", []);
            }
            catch (IOException)
            {
                // Refused.
            }
        }
    }

    [Fact]
    public void The_kernel_tells_of_a_listener_of_ours_and_that_it_is_ours()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var socket = Assert.Single(SocketDump.Read(), s => s.Protocol == "tcp" && s.Port == port && s.Address.Equals(IPAddress.Loopback));
        Assert.Equal(Environment.ProcessId, SocketOwners.Of(new MachineRoot(""), new HashSet<uint> { socket.Inode })[socket.Inode]);
    }

    [Fact]
    public void A_process_is_known_as_the_units_by_its_session_or_its_group()
    {
        using var machine = new FakeMachine();
        machine.HasProcess(100, session: 100, ticks: 1, name: "sh");
        machine.HasProcess(101, session: 100, ticks: 1, name: "nginx");
        machine.HasProcess(102, session: 102, ticks: 1, cgroup: "0::/edge.slice/edge-a.service/payload\n");
        machine.HasProcess(103, session: 103, ticks: 1, cgroup: "0::/edge.slice/edge-a.service.other\n");
        var (plain, service) = (FakeMachine.Unit("hello.0", 100), FakeMachine.Unit("edge-a.service", 900));
        var table = new ProcessTable(machine.Root, [plain, service]);
        Assert.Equal(("nginx", plain, service, null), (table.NameOf(101), table.OwnerOf(101), table.OwnerOf(102), table.OwnerOf(103)));
    }

    private static byte[] Message(ushort type, byte[] body)
    {
        var message = new byte[HeaderBytes + body.Length];
        BitConverter.TryWriteBytes(message, message.Length);
        BitConverter.TryWriteBytes(message.AsSpan(4), type);
        body.CopyTo(message, HeaderBytes);
        return message;
    }

    private static byte[] Socket(byte family, ushort port, byte[] address, uint inode)
    {
        var body = new byte[MessageBytes];
        body[0] = family;
        BinaryPrimitives.WriteUInt16BigEndian(body.AsSpan(4), port);
        address.CopyTo(body, 8);
        BitConverter.TryWriteBytes(body.AsSpan(MessageBytes - 4), inode);
        return body;
    }
}
