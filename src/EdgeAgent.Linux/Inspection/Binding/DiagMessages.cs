using System.Runtime.InteropServices;

namespace EdgeAgent.Linux.Inspection.Binding;

/// <summary><c>struct nlmsghdr</c> of linux/netlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkHeader
{
    public uint Length;
    public ushort Type;
    public ushort Flags;
    public uint Sequence;
    public uint Port;
}

/// <summary><c>struct inet_diag_sockid</c> of linux/inet_diag.h; ports and addresses are in the network's order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SocketId
{
    public ushort SourcePort;
    public ushort DestinationPort;
    public fixed byte Source[16];
    public fixed byte Destination[16];
    public uint Interface;
    public fixed uint Cookie[2];
}

/// <summary><c>struct inet_diag_req_v2</c> behind its header.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DiagRequest
{
    public NetlinkHeader Header;
    public byte Family;
    public byte Protocol;
    public byte Extensions;
    public byte Padding;
    public uint States;
    public SocketId Id;
}

/// <summary><c>struct inet_diag_msg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DiagMessage
{
    public byte Family;
    public byte State;
    public byte Timer;
    public byte Retransmissions;
    public SocketId Id;
    public uint Expires;
    public uint ReceiveQueue;
    public uint SendQueue;
    public uint User;
    public uint Inode;
}
