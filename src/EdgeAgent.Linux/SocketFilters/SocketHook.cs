namespace EdgeAgent.Linux.SocketFilters;

/// <summary>Where the kernel asks a program of a control group whether something may be (bpf(2); <c>linux/bpf.h</c> has the numbers).</summary>
/// <param name="Name">As systemd has it (systemd.resource-control(5), BPFProgram=).</param>
/// <param name="ProgramType"><c>enum bpf_prog_type</c>.</param>
/// <param name="AttachType"><c>enum bpf_attach_type</c>.</param>
public sealed record SocketHook(string Name, uint ProgramType, uint AttachType)
{
    private const uint OfPackets = 8;
    private const uint OfSockets = 9;
    private const uint OfAddresses = 18;

    /// <summary>A packet has come for one of its sockets.</summary>
    public static readonly SocketHook Ingress = new("ingress", OfPackets, 0);

    /// <summary>One of its sockets sends a packet.</summary>
    public static readonly SocketHook Egress = new("egress", OfPackets, 1);

    /// <summary>A socket of IP is made.</summary>
    public static readonly SocketHook Create = new("sock_create", OfSockets, 2);

    public static readonly SocketHook Bind4 = new("bind4", OfAddresses, 8);

    public static readonly SocketHook Bind6 = new("bind6", OfAddresses, 9);

    public static readonly SocketHook Connect4 = new("connect4", OfAddresses, 10);

    public static readonly SocketHook Connect6 = new("connect6", OfAddresses, 11);

    /// <summary>A datagram is sent to whom its socket isn't connected.</summary>
    public static readonly SocketHook Send4 = new("sendmsg4", OfAddresses, 14);

    public static readonly SocketHook Send6 = new("sendmsg6", OfAddresses, 15);

    public static readonly IReadOnlyList<SocketHook> All = [Ingress, Egress, Create, Bind4, Bind6, Connect4, Connect6, Send4, Send6];
}
