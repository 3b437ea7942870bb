using System.Net;

namespace EdgeCtl.Up;

/// <summary>What <c>edgectl up</c> was asked for.</summary>
public sealed record UpOptions
{
    public const int NodesMax = 100;
    public const int NodesDefault = 3;
    public const int PortDefault = 1883;

    public required FleetFolder Folder { get; init; }

    public int Nodes { get; init; } = NodesDefault;

    public int Port { get; init; } = PortDefault;

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Agents and their work outlive this program.</summary>
    public bool Keep { get; init; }

    /// <summary>Null, or what is impossible about it.</summary>
    public string? Error()
    {
        if (Nodes is < 1 or > NodesMax)
        {
            return $"--nodes takes 1 to {NodesMax}";
        }

        return Port is < 1 or > ushort.MaxValue ? $"--port takes 1 to {ushort.MaxValue}" : Folder.Unfitness(Nodes);
    }
}
