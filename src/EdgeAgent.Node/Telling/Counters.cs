namespace EdgeAgent.Node.Telling;

/// <summary>Counts since the agent's start, by names such as <c>refused.intent.BadSignature</c>.</summary>
internal sealed class Counters
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> All => _counts;

    /// <summary>Anything was ignored.</summary>
    public bool HasRefused { get; private set; }

    public void Add(string name, long count = 1)
    {
        _counts[name] = _counts.GetValueOrDefault(name) + count;
        HasRefused |= name.StartsWith("refused.", StringComparison.Ordinal);
    }
}
