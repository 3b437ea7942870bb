using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Placement;

/// <summary>Whether and where devices that are asked for fit among those that are free. A share lies on one device; several are whole ones.</summary>
public static class DeviceRoom
{
    public static bool Fits(IReadOnlyList<DeviceRequest> requests, DeviceShares free)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            if (!Fits(requests[i], free))
            {
                return false;
            }
        }

        return true;
    }

    public static bool Fits(DeviceRequest request, DeviceShares free)
    {
        var left = request.Count;
        foreach (var share in free.Of(request.Kind))
        {
            left -= share.Milli >= request.MilliEach ? 1 : 0;
        }

        return left <= 0;
    }

    /// <summary>The figures for a person, where one doesn't fit.</summary>
    public static string Lacking(IReadOnlyList<DeviceRequest> requests, DeviceShares free, DeviceShares capacity)
    {
        foreach (var request in requests)
        {
            if (!Fits(request, free))
            {
                var (all, most, whole) = (capacity.Of(request.Kind).Length, 0, 0);
                foreach (var share in free.Of(request.Kind))
                {
                    (most, whole) = (Math.Max(most, share.Milli), whole + (share.Milli >= DeviceRequest.Whole ? 1 : 0));
                }

                return all == 0 ? $"needs {request.Amount} of {request.Kind}, this node has no {request.Kind}"
                    : request.IsShare ? $"needs {request.Amount} of one {request.Kind}, the freest of {all} has {DeviceRequest.Text(most)}"
                    : $"needs {request.Count} whole {request.Kind}, {whole} of {all} are wholly free";
            }
        }

        return "";
    }

    /// <summary>Thousandths that are missing: of a share on the freest device, else of wholly free ones.</summary>
    public static int Lack(DeviceRequest request, DeviceShares free)
    {
        var (most, whole) = (0, 0);
        foreach (var share in free.Of(request.Kind))
        {
            (most, whole) = (Math.Max(most, share.Milli), whole + (share.Milli >= DeviceRequest.Whole ? 1 : 0));
        }

        return Math.Max(0, request.IsShare ? request.Milli - most : (request.Count - whole) * DeviceRequest.Whole);
    }

    /// <summary>
    /// The devices that a replica gets: of a share the fullest in which it fits, or the one that was measured as the best; whole ones from the lowest number. The same state gives the
    /// same. None where they don't fit.
    /// </summary>
    /// <param name="requests">By kind.</param>
    /// <param name="free">Of each device.</param>
    /// <param name="had">What it had before: kept where that is still what is asked for.</param>
    /// <param name="best">Of a share: the number of the device; null: the fullest.</param>
    public static DeviceShares Choose(IReadOnlyList<DeviceRequest> requests, DeviceShares free, DeviceShares had = default, Func<DeviceRequest, int>? best = null)
    {
        if (requests.Count == 0 || !Fits(requests, free))
        {
            return default;
        }

        var chosen = new List<DeviceShare>();
        foreach (var request in requests)
        {
            if (Has(had, request) && FitsThere(had, request, free))
            {
                chosen.AddRange(had.Of(request.Kind));
            }
            else if (request.IsShare)
            {
                chosen.Add(new(request.Kind, best is null ? Fullest(request, free) : best(request), request.Milli));
            }
            else
            {
                chosen.AddRange(WholeOnes(request, free));
            }
        }

        return DeviceShares.From(chosen);
    }

    private static bool Has(DeviceShares had, DeviceRequest request)
    {
        var own = had.Of(request.Kind);
        foreach (var share in own)
        {
            if (share.Milli != request.MilliEach)
            {
                return false;
            }
        }

        return own.Length == request.Count;
    }

    private static bool FitsThere(DeviceShares had, DeviceRequest request, DeviceShares free)
    {
        foreach (var share in had.Of(request.Kind))
        {
            if (FreeOf(free.Of(request.Kind), share.Index) < share.Milli)
            {
                return false;
            }
        }

        return true;
    }

    private static int FreeOf(ReadOnlySpan<DeviceShare> free, int index)
    {
        foreach (var share in free)
        {
            if (share.Index == index)
            {
                return share.Milli;
            }
        }

        return 0;
    }

    /// <summary>The number of the device with the least free in which a share fits; -1: in none.</summary>
    public static int Fullest(DeviceRequest request, DeviceShares free)
    {
        var (index, least) = (-1, int.MaxValue);
        foreach (var share in free.Of(request.Kind))
        {
            if (share.Milli >= request.Milli && share.Milli < least)
            {
                (index, least) = (share.Index, share.Milli);
            }
        }

        return index;
    }

    private static List<DeviceShare> WholeOnes(DeviceRequest request, DeviceShares free)
    {
        var whole = new List<DeviceShare>();
        foreach (var share in free.Of(request.Kind))
        {
            if (share.Milli >= DeviceRequest.Whole && whole.Count < request.Count)
            {
                whole.Add(share with { Milli = DeviceRequest.Whole });
            }
        }

        return whole;
    }
}
