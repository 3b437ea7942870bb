namespace EdgeAgent.Linux.SocketFilters;

/// <summary>Of packets: what comes for a socket, and what goes.</summary>
public sealed partial class SocketPrograms
{
    private const int HelperSkbLoadBytes = 26;
    private const int PacketIp6 = 0x86DD;
    private const int PacketIp4 = 0x0800;
    // struct __sk_buff, and the headers in the packet.
    private const int PacketProtocol = 16;
    private const int Header4Size = 20;
    private const int Header6Size = 40;
    private const int PlainHeader4 = 0x45;
    private const int UdpSize = 8;
    private const int TcpUpToFlags = 14;
    private const int TcpFlags = 13;
    private const int SynOrAck = 0x12;
    private const int Syn = 0x02;

    // On the stack, a packet's first header, and what of the second counts.
    private const int Header = Record - Header6Size;
    private const int Ports = Header - 16;

    private void Come()
    {
        var isSix = new BpfLabel();
        _code.Load(Width.Word, Register.R7, Register.R6, PacketProtocol);
        _code.ToHost(Register.R7, 16);
        _code.JumpIf(Register.R7, Compare.Equal, PacketIp6, isSix);
        _code.JumpIf(Register.R7, Compare.NotEqual, PacketIp4, _allow);

        LoadBytes(offset: null, Header, Header4Size);
        _code.Load(Width.Byte, Register.R9, Register.Frame, Header + 9);
        CopyAddress4(Register.Frame, Header + 12);
        _code.Load(Width.Byte, Register.R7, Register.Frame, Header);
        _code.And(Register.R7, 0x0F);
        _code.ShiftLeft(Register.R7, 2);
        Carried(isSix: false);

        _code.Here(isSix);
        LoadBytes(offset: null, Header, Header6Size);
        _code.Load(Width.Byte, Register.R9, Register.Frame, Header + 6);
        CopyAddress(Register.Frame, Header + 8);
        _code.Set(Register.R7, Header6Size);
        Carried(isSix: true);
    }

    /// <summary>What the packet carries, from R7 on: a connection's first, or a datagram. What is neither of TCP nor of UDP is for none of its sockets.</summary>
    private void Carried(bool isSix)
    {
        var isTcp = new BpfLabel();
        Family(isSix);
        _code.JumpIf(Register.R9, Compare.Equal, Tcp, isTcp);
        _code.JumpIf(Register.R9, Compare.NotEqual, Udp, _refuse);
        LoadBytes(Register.R7, Ports, UdpSize);
        _code.Load(Width.Half, Register.R8, Register.Frame, Ports + 2);
        _code.ToHost(Register.R8, 16);
        Served(Register.R8, Udp);

        // An answer of one that it may reach. Others are dropped, and not told: anybody can send some.
        _code.Load(Width.Half, Register.R8, Register.Frame, Ports);
        _code.ToHost(Register.R8, 16);
        if (isSix)
        {
            Match6();
        }
        else
        {
            Match4(RecordAddress);
        }

        _code.Jump(_refuse);

        _code.Here(isTcp);
        LoadBytes(Register.R7, Ports, TcpUpToFlags);
        _code.Load(Width.Byte, Register.R1, Register.Frame, Ports + TcpFlags);
        _code.And(Register.R1, SynOrAck);
        _code.JumpIf(Register.R1, Compare.NotEqual, Syn, _allow);
        _code.Load(Width.Half, Register.R8, Register.Frame, Ports + 2);
        _code.ToHost(Register.R8, 16);
        Served(Register.R8, Tcp);
        _code.Jump(_deny);
    }

    /// <summary>Options of IP, which some kernels have any program set, could have a packet go by way of another address than its own (RFC 791, source routes): TCP and UDP stand right behind the plain header, or it doesn't go.</summary>
    private void Go()
    {
        var isSix = new BpfLabel();
        ClearAddress();
        _code.Set(Register.R8, 0);
        _code.Load(Width.Word, Register.R7, Register.R6, PacketProtocol);
        _code.ToHost(Register.R7, 16);
        _code.JumpIf(Register.R7, Compare.Equal, PacketIp6, isSix);
        _code.JumpIf(Register.R7, Compare.NotEqual, PacketIp4, _allow);
        Family(isSix: false);
        LoadBytes(offset: null, Header, Header4Size);
        _code.Load(Width.Byte, Register.R9, Register.Frame, Header + 9);
        _code.Load(Width.Byte, Register.R7, Register.Frame, Header);
        _code.JumpIf(Register.R7, Compare.NotEqual, PlainHeader4, _deny);
        _code.Jump(_allow);
        _code.Here(isSix);
        Family(isSix: true);
        LoadBytes(offset: null, Header, Header6Size);
        _code.Load(Width.Byte, Register.R9, Register.Frame, Header + 6);
        _code.JumpIf(Register.R9, Compare.Equal, Tcp, _allow);
        _code.JumpIf(Register.R9, Compare.Equal, Udp, _allow);
        _code.Jump(_deny);
    }

    /// <summary>Bytes of the packet to the stack; refused where it has fewer.</summary>
    private void LoadBytes(Register? offset, int to, int count)
    {
        _code.Copy(Register.R1, Register.R6);
        if (offset is { } register)
        {
            _code.Copy(Register.R2, register);
        }
        else
        {
            _code.Set(Register.R2, 0);
        }

        _code.Copy(Register.R3, Register.Frame);
        _code.Plus(Register.R3, to);
        _code.Set(Register.R4, count);
        _code.Call(HelperSkbLoadBytes);
        _code.JumpIf(Register.R0, Compare.NotEqual, 0, _refuse);
    }
}
