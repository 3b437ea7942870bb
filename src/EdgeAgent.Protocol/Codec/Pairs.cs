using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>Maps as sorted lists of pairs: the same map is always the same bytes.</summary>
internal static class Pairs
{
    public static List<WirePair> ToWire(IReadOnlyDictionary<string, string> map) =>
        [.. map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => new WirePair { Key = p.Key, Value = p.Value })];

    /// <summary>Of a key that comes twice the last is taken, as protobuf does for a field.</summary>
    public static Dictionary<string, string> FromWire(List<WirePair> pairs)
    {
        var map = new Dictionary<string, string>(pairs.Count, StringComparer.Ordinal);
        foreach (var pair in pairs.Take(ProtocolLimits.PairsMax))
        {
            map[pair.Key ?? ""] = pair.Value ?? "";
        }

        return map;
    }
}
