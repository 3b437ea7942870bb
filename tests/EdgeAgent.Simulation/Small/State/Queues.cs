namespace EdgeAgent.Simulation.Small.State;

/// <summary>All queues there have been: each a row of (message, ticks until it has to arrive).</summary>
internal sealed class Queues
{
    private const int Width = 2;

    private readonly Dictionary<int[], int> _known = new(new RowComparer());
    private readonly List<int[]> _rows = [];

    public Queues() => Empty = Add([]);

    public int Empty { get; }

    public int Count => _rows.Count;

    public int Append(int queue, int message, int left) => Add([.. _rows[queue], message, left]);

    public int Pop(int queue) => Add(_rows[queue][Width..]);

    public bool IsEmpty(int queue) => queue == Empty;

    public int Head(int queue) => _rows[queue][0];

    public bool Contains(int queue, Func<int, bool> is_)
    {
        var row = _rows[queue];
        for (var i = 0; i < row.Length; i += Width)
        {
            if (is_(row[i]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ticks until the first has to arrive.</summary>
    public int Left(int queue) => IsEmpty(queue) ? int.MaxValue : _rows[queue][1];

    public int Age(int queue, int ticks)
    {
        if (IsEmpty(queue))
        {
            return queue;
        }

        var row = (int[])_rows[queue].Clone();
        for (var i = 1; i < row.Length; i += Width)
        {
            row[i] -= ticks;
        }

        return Add(row);
    }

    private int Add(int[] row)
    {
        // What comes later in the order can't arrive earlier.
        for (var i = 1; i < row.Length - Width; i += Width)
        {
            row[i + Width] = Math.Max(row[i], row[i + Width]);
        }

        if (!_known.TryGetValue(row, out var id))
        {
            _known[row] = id = _rows.Count;
            _rows.Add(row);
        }

        return id;
    }
}

/// <summary>Rows of numbers by their content.</summary>
internal sealed class RowComparer : IEqualityComparer<int[]>
{
    public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(int[] row)
    {
        var hash = default(Fingerprint);
        foreach (var part in row)
        {
            hash.Add((ulong)part);
        }

        return hash.Value.GetHashCode();
    }
}
