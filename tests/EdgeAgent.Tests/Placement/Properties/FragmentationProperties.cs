using CsCheck;
using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>The gradient as its definition says it, without what makes it fast.</summary>
public sealed class FragmentationProperties
{
    private static readonly Gen<DeviceShare[]> Free = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 3].Select(i => i == 3 ? "npu" : "gpu")).Select((quarter, kind) => (Milli: quarter * 250, Kind: kind)).Array[1, 6]
        .Select(all => all.OrderBy(a => a.Kind, StringComparer.Ordinal).Select((a, i) => new DeviceShare(a.Kind, i, a.Milli)).ToArray());

    private static readonly Gen<DeviceRequest> Request = Gen.Select(Gen.Int[0, 5].Select(i => ((int[])[100, 250, 300, 500, 1000, 2000])[i]), Gen.Int[0, 2].Select(i => i == 2 ? "npu" : "gpu")).Select((milli, kind) => new DeviceRequest(kind, milli));

    private static readonly Gen<(DeviceRequest[] Devices, long Cpu, int Replicas)> Wanted = Gen.Select(Request.Array[0, 2], Gen.Long[0, 4], Gen.Int[1, 9])
        .Select((devices, cpu, replicas) => (devices.DistinctBy(d => d.Kind).OrderBy(d => d.Kind, StringComparer.Ordinal).ToArray(), cpu, replicas));

    [Fact]
    public void It_is_what_its_definition_says() => Gen.Select(Free, Wanted.Array[1, 12], Wanted).Sample((free, all, placed) =>
    {
        var demand = new Demand();
        foreach (var (devices, cpu, replicas) in all)
        {
            demand.Add(Spec(devices, cpu) with { Replicas = replicas }, isHere: cpu != 3);
        }

        var self = new Self
        {
            Architecture = "amd64",
            Capacity = new Resources(new(4), default, default, 0) with { Devices = DeviceShares.From(free.Select(f => f with { Milli = 1000 })) },
            Free = new Resources(new(4), default, default, 0) with { Devices = DeviceShares.From(free) },
            Facts = new FactSet(),
            Demand = demand,
        };
        var spec = Spec(placed.Devices, placed.Cpu);
        var shares = spec.Devices.Where(d => d.IsShare).ToList();
        if (!DeviceRoom.Fits(spec.Devices, self.Free.Devices) || shares.Count != 1 || spec.Devices.Count != 1 || !demand.Kinds.Any(k => k.Devices.Any(d => free.Any(f => f.Kind == d.Kind))))
        {
            return;
        }

        var rest = self.Free.Devices.AsSpan().ToArray();
        var slots = demand.Kinds.Sum(k => k.Count);
        var before = Useless(demand, rest, self.Free);
        var best = Enumerable.Range(0, rest.Length).Where(i => rest[i].Kind == shares[0].Kind && rest[i].Milli >= shares[0].Milli)
            .Select(i => (At: i, Gain: before - Useless(demand, [.. rest.Select((r, k) => k == i ? r with { Milli = r.Milli - shares[0].Milli } : r)], self.Free - spec.Resources))).MaxBy(g => g.Gain);
        Assert.Equal(best.Gain / slots, Fragmentation.Gain(spec, self, out var device));
        Assert.Equal(rest[best.At].Milli, rest[device].Milli);
    });

    /// <summary>Of each slot of the demand all that is free, less what it could use: of devices that are free enough for it, where there are as many as it asks for of each kind and all else is there.</summary>
    private static long Useless(Demand demand, DeviceShare[] free, Resources left) => demand.Kinds.Sum(kind =>
    {
        var total = free.Sum(f => (long)f.Milli);
        var fitting = kind.Devices.Select(d => (d.Count, Of: free.Where(f => f.Kind == d.Kind && f.Milli >= d.MilliEach).ToList())).ToList();
        var isUsed = kind.IsHere && kind.Devices.Count > 0 && left.Fits(kind.Resources) && fitting.TrueForAll(f => f.Of.Count >= f.Count);
        return kind.Count * (total - (isUsed ? fitting.Sum(f => f.Of.Sum(d => (long)d.Milli)) : 0));
    });

    private static WorkloadSpec Spec(DeviceRequest[] devices, long cpu) =>
        new() { Run = new ExecRun(["/bin/x"]), Policy = PlacementPolicy.Fragmentation, Devices = devices, Resources = new Resources(new(cpu), default, default, 0) };
}
