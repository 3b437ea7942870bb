using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>
/// How much of what a node has left the known demand could not use, and how a placement changes that: the fragmentation gradient of "Beware of Fragmentation" (USENIX ATC 2023),
/// each node for itself (docs/adr/0021). Whole numbers only: the same on every machine. Nothing is allocated.
/// </summary>
public static class Fragmentation
{
    private const int StackMax = 64;

    /// <summary>By how much the useless part of what is free falls, in thousandths of a device, or of the node where none of its devices is asked for by anyone.</summary>
    /// <param name="spec">What fits here (<see cref="Filter"/>).</param>
    /// <param name="self">This node, with it not yet counted.</param>
    /// <param name="device">The place, among the free devices of the kind of which a share is asked for, that gives the best; -1: there is no choice.</param>
    public static long Gain(WorkloadSpec spec, in Self self, out int device)
    {
        device = -1;
        if (self.Demand is not { } demand || demand.Kinds.Count == 0)
        {
            return 0;
        }

        if (!IsCountedInDevices(demand, self))
        {
            return LeftoverGain(spec, self, demand);
        }

        var free = self.Free.Devices.AsSpan();
        Span<int> milli = free.Length <= StackMax ? stackalloc int[free.Length] : new int[free.Length];
        for (var i = 0; i < free.Length; i++)
        {
            milli[i] = Math.Max(0, free[i].Milli);
        }

        Span<bool> fits = stackalloc bool[Demand.KindsMax];
        FitIn(demand, self.Free, fits);
        var before = Useless(demand, fits, free, milli, out var slots);
        FitIn(demand, self.Free - spec.Resources, fits);
        var share = -1;
        for (var i = 0; i < spec.Devices.Count; i++)
        {
            share = spec.Devices[i].IsShare && share < 0 ? i : share;
            Take(spec.Devices[i], free, milli, isGiven: i == share);
        }

        if (share < 0)
        {
            return (before - Useless(demand, fits, free, milli, out _)) / slots;
        }

        var request = spec.Devices[share];
        Span<int> places = free.Length <= StackMax ? stackalloc int[free.Length] : new int[free.Length];
        var count = 0;
        for (var i = 0; i < free.Length; i++)
        {
            if (free[i].Kind == request.Kind && milli[i] >= request.Milli && !IsLikeEarlier(free, milli, i))
            {
                places[count++] = i;
            }
        }

        Span<long> after = count <= StackMax ? stackalloc long[count] : new long[count];
        UselessWith(demand, fits, free, milli, request.Milli, places[..count], after);
        var best = long.MinValue;
        for (var i = 0; i < count; i++)
        {
            (best, device) = before - after[i] > best ? (before - after[i], places[i]) : (best, device);
        }

        return device < 0 ? 0 : best / slots;
    }

    /// <summary>As <see cref="Useless"/>, with a share taken from one device, for each of several: of most kinds of demand the others' part is the same for all.</summary>
    private static void UselessWith(Demand demand, ReadOnlySpan<bool> fits, ReadOnlySpan<DeviceShare> free, Span<int> milli, int share, ReadOnlySpan<int> places, Span<long> sums)
    {
        var only = OnlyKind(free);
        var total = (long)-share;
        foreach (var one in milli)
        {
            total += one;
        }

        sums.Clear();
        var kinds = demand.Span;
        for (var k = 0; k < kinds.Length; k++)
        {
            ref readonly var kind = ref kinds[k];
            if (!fits[k])
            {
                AddToAll(sums, kind.Count * total);
            }
            else if (kind.Devices.Count == 1 && only == kind.Devices[0].Kind)
            {
                AddOfOne(kind.Devices[0], kind.Count, milli, share, total, places, sums);
            }
            else
            {
                for (var i = 0; i < places.Length; i++)
                {
                    milli[places[i]] -= share;
                    sums[i] += kind.Count * UselessTo(kind.Devices, only, free, milli, total);
                    milli[places[i]] += share;
                }
            }
        }
    }

    private static void AddToAll(Span<long> sums, long more)
    {
        foreach (ref var sum in sums)
        {
            sum += more;
        }
    }

    private static void AddOfOne(DeviceRequest request, long slots, ReadOnlySpan<int> milli, int share, long total, ReadOnlySpan<int> places, Span<long> sums)
    {
        var (each, fit, useful) = (request.MilliEach, 0, 0L);
        foreach (var one in milli)
        {
            if (one >= each)
            {
                (fit, useful) = (fit + 1, useful + one);
            }
        }

        for (var i = 0; i < places.Length; i++)
        {
            var (had, has) = (milli[places[i]], milli[places[i]] - share);
            var fitThen = fit - (had >= each ? 1 : 0) + (has >= each ? 1 : 0);
            var usefulThen = useful - (had >= each ? had : 0) + (has >= each ? has : 0);
            sums[i] += slots * (fitThen < request.Count ? total : total - usefulThen);
        }
    }

    /// <summary>The kind of all devices; null: there are several. They are ordered by kind.</summary>
    private static string? OnlyKind(ReadOnlySpan<DeviceShare> free) => free.Length > 0 && free[0].Kind == free[^1].Kind ? free[0].Kind : null;

    /// <summary>The number of the device on which a share lies best; -1: it fits on none.</summary>
    public static int BestDevice(WorkloadSpec spec, in Self self, DeviceRequest request)
    {
        _ = Gain(spec, self, out var place);
        var free = self.Free.Devices.AsSpan();
        return place >= 0 && free[place].Kind == request.Kind ? free[place].Index : DeviceRoom.Fullest(request, self.Free.Devices);
    }

    private static bool IsLikeEarlier(ReadOnlySpan<DeviceShare> free, ReadOnlySpan<int> milli, int at)
    {
        for (var i = 0; i < at; i++)
        {
            if (milli[i] == milli[at] && free[i].Kind == free[at].Kind)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether somebody asks for devices of a kind that this node has.</summary>
    private static bool IsCountedInDevices(Demand demand, in Self self)
    {
        if (self.Capacity.Devices.IsNone)
        {
            return false;
        }

        for (var i = 0; i < demand.Kinds.Count; i++)
        {
            var devices = demand.Kinds[i].Devices;
            for (var j = 0; j < devices.Count; j++)
            {
                if (self.Capacity.Devices.Of(devices[j].Kind).Length > 0)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>As the node would give them: a share from the fullest, unless it is tried elsewhere; whole ones from the lowest number.</summary>
    private static void Take(DeviceRequest request, ReadOnlySpan<DeviceShare> free, Span<int> milli, bool isGiven)
    {
        for (var left = isGiven ? 0 : request.Count; left > 0; left--)
        {
            var chosen = -1;
            for (var i = 0; i < free.Length; i++)
            {
                chosen = free[i].Kind == request.Kind && milli[i] >= request.MilliEach && (chosen < 0 || (request.IsShare && milli[i] < milli[chosen])) ? i : chosen;
            }

            if (chosen >= 0)
            {
                milli[chosen] -= request.MilliEach;
            }
        }
    }

    /// <summary>Thousandths of free devices, times slots that could not use them.</summary>
    private static long Useless(Demand demand, ReadOnlySpan<bool> fits, ReadOnlySpan<DeviceShare> free, ReadOnlySpan<int> milli, out long slots)
    {
        var only = OnlyKind(free);
        var total = 0L;
        foreach (var one in milli)
        {
            total += one;
        }

        var sum = 0L;
        slots = 0;
        var kinds = demand.Span;
        for (var i = 0; i < kinds.Length; i++)
        {
            ref readonly var kind = ref kinds[i];
            slots += kind.Count;
            sum += kind.Count * (fits[i] ? UselessTo(kind.Devices, only, free, milli, total) : total);
        }

        return sum;
    }

    /// <summary>Of each kind of demand that asks for devices, whether the rest of what it asks for is there.</summary>
    private static void FitIn(Demand demand, in Resources rest, Span<bool> fits)
    {
        var kinds = demand.Span;
        for (var i = 0; i < kinds.Length; i++)
        {
            ref readonly var kind = ref kinds[i];
            fits[i] = kind.IsHere && kind.Devices.Count > 0 && rest.Fits(kind.Resources);
        }
    }

    private static long UselessTo(IReadOnlyList<DeviceRequest> devices, string? only, ReadOnlySpan<DeviceShare> free, ReadOnlySpan<int> milli, long total)
    {
        var useful = 0L;
        for (var i = 0; i < devices.Count; i++)
        {
            var (request, fit) = (devices[i], 0);
            var (each, isAny) = (request.MilliEach, only is not null && only == request.Kind);
            for (var j = 0; j < milli.Length && (isAny || only is null); j++)
            {
                if (milli[j] >= each && (isAny || free[j].Kind == request.Kind))
                {
                    (fit, useful) = (fit + 1, useful + milli[j]);
                }
            }

            if (fit < request.Count)
            {
                return total;
            }
        }

        return total - useful;
    }

    /// <summary>Where no devices count: the free cores and memory, as a part of the node's, times the slots that fit no more.</summary>
    private static long LeftoverGain(WorkloadSpec spec, in Self self, Demand demand)
    {
        var (before, after, slots) = (0L, 0L, 0L);
        var (rest, kinds) = (self.Free - spec.Resources, demand.Kinds);
        var (now, then) = (Leftover(self.Free, self.Capacity), Leftover(rest, self.Capacity));
        for (var i = 0; i < kinds.Count; i++)
        {
            var kind = kinds[i];
            slots += kind.Count;
            before += kind.IsHere && self.Free.Fits(kind.Resources) ? 0 : kind.Count * now;
            after += kind.IsHere && rest.Fits(kind.Resources) ? 0 : kind.Count * then;
        }

        return (before - after) / slots;
    }

    private static long Leftover(Resources free, Resources capacity) =>
        (Part(free.Cpu.Value, capacity.Cpu.Value) + Part(free.Memory.Value, capacity.Memory.Value)) / 2;

    private static long Part(long free, long whole) => whole <= 0 ? 0 : (long)Int128.Clamp((Int128)DeviceRequest.Whole * free / whole, 0, DeviceRequest.Whole);
}
