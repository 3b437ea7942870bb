namespace EdgeAgent.Simulation;

/// <summary>
/// Chance that is the same on every machine and with every version of .NET (SplitMix64): a seed must replay a failure for as long as the code is there,
/// which <see cref="Random"/> doesn't promise.
/// </summary>
public sealed class SimRandom(ulong seed)
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

    /// <summary>From 0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, both of them too.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + TimeSpan.FromTicks((long)(Next() % (ulong)((most - least).Ticks + 1)));

    public bool Chance(int permille) => permille > 0 && Below(1000) < permille;

    public T Pick<T>(IReadOnlyList<T> list) => list[Below(list.Count)];
}
