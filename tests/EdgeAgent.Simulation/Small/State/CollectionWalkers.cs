namespace EdgeAgent.Simulation.Small.State;

internal sealed class NullableWalker<T> : Walker<T?>
    where T : struct
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => _inner.IsShared;

    public override void Renew(ref T? value, TimeSpan shift)
    {
        if (value is { } inner)
        {
            _inner.Renew(ref inner, shift);
            value = inner;
        }
    }

    public override void Add(ref T? value, ref Fingerprint fingerprint)
    {
        fingerprint.Add(value is null ? 0UL : 1UL);
        if (value is { } inner)
        {
            _inner.Add(ref inner, ref fingerprint);
        }
    }
}

internal sealed class ListWalker<T> : Walker<List<T>>
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref List<T> value, TimeSpan shift)
    {
        value = [.. value];
        for (var i = 0; i < value.Count && !_inner.IsShared; i++)
        {
            var item = value[i];
            _inner.Renew(ref item, shift);
            value[i] = item;
        }
    }

    public override void Add(ref List<T> value, ref Fingerprint fingerprint)
    {
        fingerprint.Add((ulong)value.Count);
        foreach (var item in value)
        {
            var copy = item;
            _inner.Add(ref copy, ref fingerprint);
        }
    }
}

/// <summary>A list that nobody changes any more.</summary>
internal sealed class SharedListWalker<T> : Walker<IReadOnlyList<T>>
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => true;

    public override void Renew(ref IReadOnlyList<T> value, TimeSpan shift)
    {
    }

    public override void Add(ref IReadOnlyList<T> value, ref Fingerprint fingerprint)
    {
        fingerprint.Add((ulong)value.Count);
        foreach (var item in value)
        {
            var copy = item;
            _inner.Add(ref copy, ref fingerprint);
        }
    }
}

internal sealed class ArrayWalker<T> : Walker<T[]>
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref T[] value, TimeSpan shift)
    {
        // A struct's own array is null in its default.
        value = (T[])value?.Clone()!;
        for (var i = 0; i < (value?.Length ?? 0) && !_inner.IsShared; i++)
        {
            _inner.Renew(ref value![i], shift);
        }
    }

    public override void Add(ref T[] value, ref Fingerprint fingerprint)
    {
        fingerprint.Add((ulong)(value?.Length ?? 0));
        for (var i = 0; i < (value?.Length ?? 0); i++)
        {
            _inner.Add(ref value![i], ref fingerprint);
        }
    }
}

internal sealed class HashSetWalker<T> : Walker<HashSet<T>>
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref HashSet<T> value, TimeSpan shift) => value = new HashSet<T>(value, value.Comparer);

    public override void Add(ref HashSet<T> value, ref Fingerprint fingerprint)
    {
        var all = default(Fingerprint);
        foreach (var item in value)
        {
            var copy = item;
            all.AddUnordered(_inner.Of(ref copy));
        }

        fingerprint.Add((ulong)value.Count);
        fingerprint.Add(all.Value);
    }
}

internal sealed class SortedSetWalker<T> : Walker<SortedSet<T>>
{
    private readonly Walker<T> _inner = Walker<T>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref SortedSet<T> value, TimeSpan shift) => value = new SortedSet<T>(value, value.Comparer);

    public override void Add(ref SortedSet<T> value, ref Fingerprint fingerprint)
    {
        fingerprint.Add((ulong)value.Count);
        foreach (var item in value)
        {
            var copy = item;
            _inner.Add(ref copy, ref fingerprint);
        }
    }
}

internal sealed class DictionaryWalker<TKey, TValue> : Walker<Dictionary<TKey, TValue>>
    where TKey : notnull
{
    private readonly Walker<TKey> _key = Walker<TKey>.Instance;
    private readonly Walker<TValue> _value = Walker<TValue>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref Dictionary<TKey, TValue> value, TimeSpan shift)
    {
        var old = value;
        value = new Dictionary<TKey, TValue>(old.Count, old.Comparer);
        foreach (var (key, item) in old)
        {
            var copy = item;
            _value.Renew(ref copy, shift);
            value.Add(key, copy);
        }
    }

    public override void Add(ref Dictionary<TKey, TValue> value, ref Fingerprint fingerprint)
    {
        var all = default(Fingerprint);
        foreach (var (key, item) in value)
        {
            var (k, v, one) = (key, item, default(Fingerprint));
            _key.Add(ref k, ref one);
            _value.Add(ref v, ref one);
            all.AddUnordered(one.Value);
        }

        fingerprint.Add((ulong)value.Count);
        fingerprint.Add(all.Value);
    }
}

internal sealed class SortedDictionaryWalker<TKey, TValue> : Walker<SortedDictionary<TKey, TValue>>
    where TKey : notnull
{
    private readonly Walker<TKey> _key = Walker<TKey>.Instance;
    private readonly Walker<TValue> _value = Walker<TValue>.Instance;

    public override bool IsShared => false;

    public override void Renew(ref SortedDictionary<TKey, TValue> value, TimeSpan shift)
    {
        var old = value;
        value = new SortedDictionary<TKey, TValue>(old.Comparer);
        foreach (var (key, item) in old)
        {
            var copy = item;
            _value.Renew(ref copy, shift);
            value.Add(key, copy);
        }
    }

    public override void Add(ref SortedDictionary<TKey, TValue> value, ref Fingerprint fingerprint)
    {
        fingerprint.Add((ulong)value.Count);
        foreach (var (key, item) in value)
        {
            var (k, v) = (key, item);
            _key.Add(ref k, ref fingerprint);
            _value.Add(ref v, ref fingerprint);
        }
    }
}
