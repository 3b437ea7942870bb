using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Linux.SocketFilters;

/// <summary>
/// The programs that hold work to its <see cref="NetworkRules"/>: the kernel runs one at each of a <see cref="SocketHook"/>'s moments, and what it answers 0 to is refused. Each compares one rule after the
/// other, and writes what it refuses into a ring, as <see cref="SocketDenial"/> reads it. Field offsets are those of <c>linux/bpf.h</c>, which are part of the kernel's promise to programs.
/// </summary>
public sealed partial class SocketPrograms
{
    private const int Tcp = 6;
    private const int Udp = 17;

    // struct bpf_sock_addr.
    private const int Address4 = 4;
    private const int Address6 = 8;
    private const int Port = 24;
    private const int Protocol = 36;
    private const int Socket = 64;

    // struct bpf_sock.
    private const int SocketFamily = 4;
    private const int SocketType = 8;
    private const int SocketProtocol = 12;
    private const int SocketPort = 44;
    private const int Stream = 1;
    private const int Datagrams = 2;

    // The stack: what is written into the ring.
    private const int Record = -SocketDenial.Size;
    private const int RecordAddress = Record + SocketDenial.AddressAt;

    private const int HelperRingOutput = 130;
    private const int WordsOfAddress = 4;
    private const uint MappedMark = 0xFFFF;

    private readonly IReadOnlyList<Endpoint> _endpoints;
    private readonly IReadOnlyList<PortRange> _ports;
    private readonly ulong _tag;
    private readonly int _ring;
    private readonly BpfCode _code = new();
    private readonly BpfLabel _allow = new();
    private readonly BpfLabel _deny = new();
    private readonly BpfLabel _refuse = new();

    private SocketPrograms(NetworkRules rules, ulong tag, int ring)
    {
        // What isn't understood was refused before it came here, and allows nothing.
        _endpoints = [.. rules.Connect.Select(r => Endpoint.TryParse(r, out var endpoint) ? endpoint : null).OfType<Endpoint>()];
        _ports = [.. rules.Listen.Where(r => PortRange.TryParse(r, out _)).Select(r => PortRange.TryParse(r, out var ports) ? ports : default)];
        (_tag, _ring) = (tag, ring);
    }

    /// <param name="hook">When it runs.</param>
    /// <param name="rules">What is allowed.</param>
    /// <param name="tag">Whose denials they are.</param>
    /// <param name="ring">The descriptor of the map that they are written to.</param>
    public static byte[] Of(SocketHook hook, NetworkRules rules, ulong tag, int ring)
    {
        var programs = new SocketPrograms(rules, tag, ring);
        var kind = programs.Write(hook);
        programs.End(kind);
        return programs._code.ToBytes();
    }

    private SocketDenialKind Write(SocketHook hook)
    {
        _code.Copy(Register.R6, Register.R1);
        if (hook == SocketHook.Ingress)
        {
            Come();
            return SocketDenialKind.Listen;
        }

        if (hook == SocketHook.Egress)
        {
            Go();
            return SocketDenialKind.Options;
        }

        if (hook == SocketHook.Create)
        {
            Make();
            return SocketDenialKind.Socket;
        }

        var isSix = hook == SocketHook.Connect6 || hook == SocketHook.Send6 || hook == SocketHook.Bind6;
        _code.Load(Width.Word, Register.R8, Register.R6, Port);
        _code.ToHost(Register.R8, 16);
        _code.Load(Width.Word, Register.R9, Register.R6, Protocol);
        if (hook == SocketHook.Bind4 || hook == SocketHook.Bind6)
        {
            Bind(isSix);
            return SocketDenialKind.Listen;
        }

        Reach(isSix, isSent: hook == SocketHook.Send4 || hook == SocketHook.Send6);
        return SocketDenialKind.Connect;
    }

    private void Reach(bool isSix, bool isSent)
    {
        if (isSent)
        {
            // Who serves by datagrams answers whoever has asked.
            _code.Load(Width.Double, Register.R1, Register.R6, Socket);
            _code.Load(Width.Word, Register.R1, Register.R1, SocketPort);
            Served(Register.R1, Udp);

            // A connected socket's with words for the kernel beside it: where to, connect(2) was asked.
            _code.JumpIf(Register.R8, Compare.Equal, 0, _allow);
        }

        Family(isSix);
        if (isSix)
        {
            CopyAddress(Register.R6, Address6);
            Match6();
        }
        else
        {
            CopyAddress4(Register.R6, Address4);
            Match4(RecordAddress);
        }

        _code.Jump(_deny);
    }

    private void Bind(bool isSix)
    {
        ClearAddress();
        Family(isSix);

        // Whichever is free: nobody reaches it there from without.
        _code.JumpIf(Register.R8, Compare.Equal, 0, _allow);
        Served(Register.R8, protocol: null);
        _code.Jump(_deny);
    }

    private void Make()
    {
        ClearAddress();
        _code.Load(Width.Word, Register.R9, Register.R6, SocketProtocol);
        _code.Load(Width.Word, Register.R8, Register.R6, SocketType);
        foreach (var (type, protocol) in new[] { (Stream, Tcp), (Datagrams, Udp) })
        {
            var next = new BpfLabel();
            _code.JumpIf(Register.R8, Compare.NotEqual, (uint)type, next);
            _code.JumpIf(Register.R9, Compare.Equal, (uint)protocol, _allow);
            _code.Here(next);
        }

        _code.Load(Width.Word, Register.R7, Register.R6, SocketFamily);
        _code.Store(Width.Word, Register.Frame, Record + SocketDenial.FamilyAt, Register.R7);
        _code.Jump(_deny);
    }

    /// <summary>Allowed where the port is one that it may listen on.</summary>
    /// <param name="port">Where that is.</param>
    /// <param name="protocol">Which it is; null: R9 says it.</param>
    private void Served(Register port, int? protocol)
    {
        foreach (var range in _ports.Where(r => protocol is null || Number(r.Transport) == protocol))
        {
            var next = new BpfLabel();
            if (protocol is null)
            {
                _code.JumpIf(Register.R9, Compare.NotEqual, (uint)Number(range.Transport), next);
            }

            Within(port, range, next);
            _code.Jump(_allow);
            _code.Here(next);
        }
    }

    private void Match6()
    {
        // Who speaks version 4 through a socket of version 6 (RFC 4291, 2.5.5.2).
        var isSix = new BpfLabel();
        uint[] mapped = [0, 0, MappedMark];
        for (var word = 0; word < mapped.Length; word++)
        {
            LoadWord(Register.R1, RecordAddress + (word * sizeof(uint)));
            _code.JumpIf(Register.R1, Compare.NotEqual, mapped[word], isSix);
        }

        Match4(RecordAddress + (mapped.Length * sizeof(uint)));
        _code.Jump(_deny);
        _code.Here(isSix);
        Match(AddressFamily.InterNetworkV6, (network, next) =>
        {
            Span<byte> bytes = stackalloc byte[WordsOfAddress * sizeof(uint)];
            network.BaseAddress.TryWriteBytes(bytes, out _);
            if (network.PrefixLength > 0 && !bytes.ContainsAnyExcept((byte)0))
            {
                var isSome = new BpfLabel();
                for (var word = 0; word < WordsOfAddress; word++)
                {
                    LoadWord(Register.R1, RecordAddress + (word * sizeof(uint)));
                    _code.JumpIf(Register.R1, Compare.NotEqual, 0, isSome);
                }

                _code.Jump(next);
                _code.Here(isSome);
            }

            for (var word = 0; word * 32 < network.PrefixLength; word++)
            {
                LoadWord(Register.R1, RecordAddress + (word * sizeof(uint)));
                Masked(bytes[(word * sizeof(uint))..], network.PrefixLength - (word * 32), next);
            }
        });
    }

    private void Match4(int at)
    {
        LoadWord(Register.R7, at);
        Match(AddressFamily.InterNetwork, (network, next) =>
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            network.BaseAddress.TryWriteBytes(bytes, out _);
            if (network.PrefixLength > 0)
            {
                if (!bytes.ContainsAnyExcept((byte)0))
                {
                    _code.JumpIf(Register.R7, Compare.Equal, 0, next);
                }

                _code.Set32(Register.R1, Register.R7);
                Masked(bytes, network.PrefixLength, next);
            }
        });
    }

    /// <summary>Allowed where a rule has the address. No address at all is this machine's, whichever the kernel takes, and only a rule for any has it.</summary>
    private void Match(AddressFamily family, Action<IPNetwork, BpfLabel> compare)
    {
        foreach (var (network, ports) in _endpoints.SelectMany(e => e.Networks.Where(n => n.BaseAddress.AddressFamily == family).Select(n => (n, e.Ports))))
        {
            var next = new BpfLabel();
            if (ports.Transport != Transport.Any)
            {
                _code.JumpIf(Register.R9, Compare.NotEqual, (uint)Number(ports.Transport), next);
            }

            if (!ports.IsAll)
            {
                Within(Register.R8, ports, next);
            }

            compare(network, next);
            _code.Jump(_allow);
            _code.Here(next);
        }
    }

    /// <summary>R1, of which so many bits count, is this word of an address.</summary>
    private void Masked(ReadOnlySpan<byte> word, int bits, BpfLabel otherwise)
    {
        var mask = bits >= 32 ? uint.MaxValue : ~(uint.MaxValue >> bits);
        _code.And(Register.R1, mask);
        _code.JumpIf(Register.R1, Compare.NotEqual, BinaryPrimitives.ReadUInt32BigEndian(word) & mask, otherwise);
    }

    private void Within(Register port, PortRange range, BpfLabel otherwise)
    {
        _code.JumpIf(port, Compare.Less, (uint)range.First, otherwise);
        _code.JumpIf(port, Compare.Greater, (uint)range.Last, otherwise);
    }

    private void LoadWord(Register to, int at)
    {
        _code.Load(Width.Word, to, Register.Frame, at);
        _code.ToHost(to, 32);
    }

    private void CopyAddress(Register from, int offset)
    {
        for (var word = 0; word < WordsOfAddress; word++)
        {
            _code.Load(Width.Word, Register.R1, from, offset + (word * sizeof(uint)));
            _code.Store(Width.Word, Register.Frame, RecordAddress + (word * sizeof(uint)), Register.R1);
        }
    }

    private void CopyAddress4(Register from, int offset)
    {
        ClearAddress();
        _code.Load(Width.Word, Register.R1, from, offset);
        _code.Store(Width.Word, Register.Frame, RecordAddress, Register.R1);
    }

    private void ClearAddress()
    {
        for (var word = 0; word < WordsOfAddress; word++)
        {
            _code.Store(Width.Word, Register.Frame, RecordAddress + (word * sizeof(uint)), 0);
        }
    }

    private void Family(bool isSix) => _code.Store(Width.Word, Register.Frame, Record + SocketDenial.FamilyAt, isSix ? SocketDenial.Family6 : SocketDenial.Family4);

    private void End(SocketDenialKind kind)
    {
        _code.Here(_deny);
        _code.Set(Register.R1, _tag);
        _code.Store(Width.Double, Register.Frame, Record, Register.R1);
        _code.Store(Width.Word, Register.Frame, Record + SocketDenial.KindAt, (int)kind);
        _code.Store(Width.Word, Register.Frame, Record + SocketDenial.ProtocolAt, Register.R9);
        _code.Store(Width.Word, Register.Frame, Record + SocketDenial.PortAt, Register.R8);
        _code.SetMap(Register.R1, _ring);
        _code.Copy(Register.R2, Register.Frame);
        _code.Plus(Register.R2, Record);
        _code.Set(Register.R3, SocketDenial.Size);
        _code.Set(Register.R4, 0);
        _code.Call(HelperRingOutput);
        _code.Here(_refuse);
        _code.Set(Register.R0, 0);
        _code.Exit();
        if (_allow.Jumps.Count > 0)
        {
            // The kernel takes no program with instructions that are never come to.
            _code.Here(_allow);
            _code.Set(Register.R0, 1);
            _code.Exit();
        }
    }

    private static int Number(Transport transport) => transport == Transport.Tcp ? Tcp : Udp;
}
