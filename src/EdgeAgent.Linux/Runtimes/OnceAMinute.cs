namespace EdgeAgent.Linux.Runtimes;

/// <summary>Lets each thing pass once a minute, and so many different ones at most: what comes again and again has nobody else wait. For one thread.</summary>
internal sealed class OnceAMinute<T>(int max)
{
    private const long MinuteMs = 60_000;

    private readonly HashSet<T> _passed = [];
    private long _ends;

    public bool IsNew(T thing)
    {
        if (Environment.TickCount64 >= _ends)
        {
            _passed.Clear();
            _ends = Environment.TickCount64 + MinuteMs;
        }

        return _passed.Count < max && _passed.Add(thing);
    }
}
