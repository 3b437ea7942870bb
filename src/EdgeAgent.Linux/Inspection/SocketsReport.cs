using System.Text.Json;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>The answer to <c>sockets</c>: what <c>ss -tulnp</c> shows (ss(8)), and whose work it is.</summary>
public static class SocketsReport
{
    private const int SocketsMax = 4096;

    public static void Write(Utf8JsonWriter json, MachineRoot root, IReadOnlyList<UnitReport> units, List<OpenSocket> sockets)
    {
        var owners = SocketOwners.Of(root, sockets.Select(s => s.Inode).Where(i => i != 0).ToHashSet());
        var processes = new ProcessTable(root, units);
        json.WriteStartArray("sockets");
        foreach (var socket in sockets.Take(SocketsMax))
        {
            json.WriteStartObject();
            json.WriteString("protocol", socket.Protocol);
            json.WriteString("address", socket.Address.ToString());
            json.WriteNumber("port", socket.Port);
            if (owners.TryGetValue(socket.Inode, out var pid))
            {
                json.WriteNumber("pid", pid);
                json.WriteString("process", processes.NameOf(pid));
                if (processes.OwnerOf(pid) is { } unit)
                {
                    json.WriteString("workload", unit.Tag.Slot.Workload.Value);
                    json.WriteNumber("index", unit.Tag.Slot.Index);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (sockets.Count > SocketsMax)
        {
            json.WriteNumber("left", sockets.Count - SocketsMax);
        }
    }
}
