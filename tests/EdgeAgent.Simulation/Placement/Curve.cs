namespace EdgeAgent.Simulation.Placement;

/// <summary>
/// The share of all devices that is allocated, by the demand that has arrived. As the published results have it: the mean over all arrivals at which the arrived demand
/// rounds to so many per cent.
/// </summary>
public sealed class Curve(long milliDevices)
{
    public static readonly int[] Points = [90, 100, 130];

    private readonly Dictionary<int, (double Sum, int Count)> _at = [];
    private long _arrived;
    private long _allocated;

    public int Placed { get; private set; }

    public int Dropped { get; private set; }

    public void Arrived(TraceJob job, bool isPlaced)
    {
        _arrived += job.MilliDevices;
        _allocated += isPlaced ? job.MilliDevices : 0;
        (Placed, Dropped) = isPlaced ? (Placed + 1, Dropped) : (Placed, Dropped + 1);
        var at = (int)Math.Round(100.0 * _arrived / milliDevices, MidpointRounding.ToEven);
        var (sum, count) = _at.GetValueOrDefault(at);
        _at[at] = (sum + (100.0 * _allocated / milliDevices), count + 1);
    }

    /// <summary>Per cent of all devices; not a number where the arrivals ended before.</summary>
    public double At(int perCent) => _at.TryGetValue(perCent, out var found) ? found.Sum / found.Count : double.NaN;
}
