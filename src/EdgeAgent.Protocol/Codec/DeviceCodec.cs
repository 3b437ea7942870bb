using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Wire;

namespace EdgeAgent.Protocol.Codec;

/// <summary>Devices to and from the wire. What a node says is bounded; what is no device's is left out.</summary>
internal static class DeviceCodec
{
    private const int SharesMax = WorkloadLimits.DeviceKindsMax * WorkloadLimits.DevicesMax;

    public static List<WireDeviceShare> ToWire(DeviceShares shares)
    {
        var wire = new List<WireDeviceShare>(shares.Shares.Count);
        foreach (var share in shares.AsSpan())
        {
            wire.Add(new WireDeviceShare { Kind = share.Kind, Index = share.Index, Milli = share.Milli });
        }

        return wire;
    }

    public static DeviceShares FromWire(List<WireDeviceShare> wire) => wire.Count == 0 ? default : DeviceShares.From(wire.Take(SharesMax)
        .Where(w => DeviceRequest.IsKind(w.Kind ?? "") && w.Index is >= 0 and < WorkloadLimits.DevicesMax && w.Milli is >= -DeviceRequest.Whole and <= DeviceRequest.Whole)
        .DistinctBy(w => (w.Kind, w.Index))
        .Select(w => new DeviceShare(w.Kind!, w.Index, w.Milli)));

    public static List<WireDeviceRequest> ToWire(IReadOnlyList<DeviceRequest> requests) =>
        [.. requests.OrderBy(r => r.Kind, StringComparer.Ordinal).Select(r => new WireDeviceRequest { Kind = r.Kind, Milli = r.Milli })];

    public static IReadOnlyList<DeviceRequest> FromWire(List<WireDeviceRequest> wire) => [.. wire.Select(w => new DeviceRequest(w.Kind ?? "", w.Milli))];

    public static List<WireCount> ToWire(IReadOnlyDictionary<string, int> counts) =>
        [.. counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new WireCount { Name = c.Key, Value = c.Value })];

    public static Dictionary<string, int> FromWire(List<WireCount> wire)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var count in wire)
        {
            counts[count.Name ?? ""] = (int)Math.Clamp(count.Value, 0, int.MaxValue);
        }

        return counts;
    }
}
