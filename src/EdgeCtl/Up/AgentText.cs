using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Core.Units;

namespace EdgeCtl.Up;

/// <summary>The configuration of one agent of the fleet. Docs: docs/spec/configuration.md.</summary>
internal static class AgentText
{
    private const long Mi = 1024 * 1024;
    private const long TasksOfMachineMax = 32 * 1024;

    /// <summary>The longest wait for a fleet that is all on one machine; elsewhere it is 10 s.</summary>
    private const string ReconnectWindow = "2s";

    public static string Write(UpOptions options, NodeFolder node, int port) => $"""
        # Written by edgectl up, anew each time: own settings belong into {Path.Combine(node.Root, "agent.conf.d")}/*.conf
        [Node]
        Name={node.Name}
        Capacity={Capacity(options)}
        OperatorKeys=../operator.pub
        ReconnectWindow={ReconnectWindow}
        StateDirectory=state
        RuntimeDirectory=run

        [Broker]
        {BrokerLine(options, port)}

        [Runtime]
        # Several fleets may be on one machine, and edgectl down has to find what they left: plain processes, whatever else there is.
        Kind=process

        """;

    /// <summary>Whether what was last written for the node names this broker.</summary>
    public static bool IsOf(NodeFolder node, UpOptions options) => File.Exists(node.Configuration) && File.ReadLines(node.Configuration).Contains(BrokerLine(options, options.Port));

    /// <summary>How this machine itself reaches the broker.</summary>
    public static string Host(IPAddress bind)
    {
        var address = bind.Equals(IPAddress.Any) ? IPAddress.Loopback : bind.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : bind;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }

    private static string BrokerLine(UpOptions options, int port) => $"Url=mqtt://{Host(options.Bind)}:{port}";

    // An equal part for each, so that together they give away no more than there is.
    private static string Capacity(UpOptions options)
    {
        var cpu = Math.Max(1, Environment.ProcessorCount * 1000 / options.Nodes);
        var memory = Part(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, options.Nodes);
        var disk = Part(new DriveInfo(options.Folder.Root).AvailableFreeSpace, options.Nodes);
        var tasks = Math.Max(1, TasksOfMachineMax / options.Nodes);
        return string.Create(CultureInfo.InvariantCulture, $"cpu={Quantity.Format(cpu / 1000m)},memory={Quantity.Format(memory)},disk={Quantity.Format(disk)},tasks={tasks}");
    }

    private static long Part(long bytes, int nodes) => Math.Max(Mi, bytes / nodes / Mi * Mi);
}
