using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>A device node that is there, and the group that may use it.</summary>
internal readonly record struct DeviceNode(string Path, uint Group)
{
    /// <summary>Those of them that are there; the others are left out, as a device that was taken out is.</summary>
    public static List<DeviceNode> OfThose(IReadOnlyList<string> paths)
    {
        List<DeviceNode> nodes = [];
        foreach (var path in paths)
        {
            if (Libc.TryReadNode(path, follow: true, out var node) && node.IsDevice)
            {
                nodes.Add(new DeviceNode(path, node.Group));
            }
        }

        return nodes;
    }
}
