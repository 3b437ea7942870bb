namespace EdgeAgent.Simulation.Small.State;

/// <summary>All states that were reached, in the order in which they were: rows of one width, each once.</summary>
internal sealed class StateTable(int width)
{
    private const int RowsInChunk = 1 << 16;
    private const int FirstBuckets = 1 << 16;

    private readonly List<int[]> _chunks = [];
    private int[] _buckets = NewBuckets(FirstBuckets);

    public int Count { get; private set; }

    public ReadOnlySpan<int> this[int index] => _chunks[index / RowsInChunk].AsSpan(index % RowsInChunk * width, width);

    /// <summary>Its place; whether it is new.</summary>
    public (int Index, bool IsNew) Add(ReadOnlySpan<int> row)
    {
        var bucket = Find(row);
        if (_buckets[bucket] >= 0)
        {
            return (_buckets[bucket], false);
        }

        if (Count % RowsInChunk == 0)
        {
            _chunks.Add(new int[RowsInChunk * width]);
        }

        row.CopyTo(_chunks[^1].AsSpan(Count % RowsInChunk * width));
        _buckets[bucket] = Count++;
        if (Count > _buckets.Length / 2)
        {
            Grow();
        }

        return (Count - 1, true);
    }

    private int Find(ReadOnlySpan<int> row)
    {
        var mask = _buckets.Length - 1;
        var bucket = (int)Hash(row) & mask;
        while (_buckets[bucket] is >= 0 and var index && !this[index].SequenceEqual(row))
        {
            bucket = (bucket + 1) & mask;
        }

        return bucket;
    }

    private void Grow()
    {
        _buckets = NewBuckets(_buckets.Length * 2);
        for (var i = 0; i < Count; i++)
        {
            _buckets[Find(this[i])] = i;
        }
    }

    private static int[] NewBuckets(int count)
    {
        var buckets = new int[count];
        Array.Fill(buckets, -1);
        return buckets;
    }

    private static uint Hash(ReadOnlySpan<int> row)
    {
        var hash = 14695981039346656037UL;
        foreach (var part in row)
        {
            hash = (hash ^ (uint)part) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        return (uint)(hash >> 16);
    }
}
