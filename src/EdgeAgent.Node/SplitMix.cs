namespace EdgeAgent.Node;

/// <summary>The loop's one source of chance (SplitMix64): seeded by the daemon with real randomness, by the simulator with its seed.</summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9e3779b97f4a7c15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below 1.</summary>
    public double Fraction() => (Next() >> 11) / (double)(1UL << 53);
}
