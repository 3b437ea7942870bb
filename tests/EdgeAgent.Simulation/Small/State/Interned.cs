namespace EdgeAgent.Simulation.Small.State;

/// <summary>The states that a part of the world has been in, each once: a state of the whole is then a handful of numbers.</summary>
internal sealed class Interned<T>
{
    private readonly Walker<T> _walker = Walker<T>.Instance;
    private readonly Dictionary<UInt128, int> _known = [];
    private readonly List<T> _items = [];

    public int Count => _items.Count;

    /// <summary>Not to be changed.</summary>
    public T this[int id] => _items[id];

    public int Add(T item)
    {
        var fingerprint = _walker.Of(ref item);
        if (!_known.TryGetValue(fingerprint, out var id))
        {
            _known[fingerprint] = id = _items.Count;
            _items.Add(item);
        }

        return id;
    }

    /// <summary>One to be changed, so much later.</summary>
    public T Copy(int id, TimeSpan later = default)
    {
        var copy = _items[id];
        _walker.Renew(ref copy, -later);
        return copy;
    }
}
