using System.Net;

namespace EdgeAgent.Core.Workloads;

/// <summary>
/// Addresses and ports of them: <c>10.1.0.0/16:5432</c>, <c>192.0.2.7:53/udp</c>, <c>[2001:db8::]/32:443</c>, <c>fd00::1</c>, <c>any:443</c>, <c>localhost:1883</c>. No names: who resolves them could be told anything.
/// </summary>
/// <param name="Networks">Any of them.</param>
/// <param name="Ports">All where none is named.</param>
public sealed record Endpoint(IReadOnlyList<IPNetwork> Networks, PortRange Ports)
{
    private static readonly IPNetwork[] Anywhere = [new(IPAddress.Any, 0), new(IPAddress.IPv6Any, 0)];
    private static readonly IPNetwork[] Localhost = [IPNetwork.Parse("127.0.0.0/8"), new(IPAddress.IPv6Loopback, 128)];

    public static bool TryParse(string text, out Endpoint endpoint)
    {
        endpoint = new Endpoint([], default);
        if (!PortRange.TryTakeTransport(ref text, out var transport))
        {
            return false;
        }

        var (host, ports) = Split(text);
        var range = PortRange.All(transport);
        if (ports is not null && !PortRange.TryParse(ports, transport, out range))
        {
            return false;
        }

        endpoint = new Endpoint(host switch { "any" => Anywhere, "localhost" => Localhost, _ => Network(host) is { } one ? [one] : [] }, range);
        return endpoint.Networks.Count > 0;
    }

    /// <summary>An address of version 6 stands in brackets where a port follows, as in a URL.</summary>
    private static (string Host, string? Ports) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end)
        {
            var rest = text[(end + 1)..];
            var port = rest.IndexOf(':');
            return (text[1..end] + (port < 0 ? rest : rest[..port]), port < 0 ? null : rest[(port + 1)..]);
        }

        var colon = text.IndexOf(':');
        return colon < 0 || text.IndexOf(':', colon + 1) >= 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    private static IPNetwork? Network(string text)
    {
        // Forms such as 010.1 and 167772161 are addresses to the C library, and to nobody who reads them.
        var address = text.Split('/')[0];
        if (!IPAddress.TryParse(address, out var parsed) || parsed.IsIPv4MappedToIPv6 || address.Contains('%') || (!address.Contains(':') && parsed.ToString() != address))
        {
            return null;
        }

        return text.Contains('/') ? IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(parsed) ? network : null : new IPNetwork(parsed, address.Contains(':') ? 128 : 32);
    }
}
