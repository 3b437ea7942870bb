using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Core.Fleet;

/// <summary>What is to leave a node that takes nothing new. The numbers are the wire's and the store's.</summary>
public enum DrainScope
{
    /// <summary>Nothing: what runs stays.</summary>
    None = 0,

    /// <summary>All but what is pinned, and what runs on every node.</summary>
    Movable = 1,

    /// <summary>What is pinned too: it is given up here, and may be begun on another node.</summary>
    Pinned = 2,
}

/// <summary>
/// What operators have said of a node itself. It is kept on the node's disk and stands over its configuration file; each word names the revision that it was
/// made from, so that an old one, sent again, undoes nothing (docs/adr/0018).
/// </summary>
public sealed record NodeMarks
{
    public static readonly NodeMarks None = new();

    /// <summary>How many words of operators were taken.</summary>
    public long Revision { get; init; }

    /// <summary>Nothing new is placed here.</summary>
    public bool IsCordoned { get; init; }

    public DrainScope Drain { get; init; }

    /// <summary>The revision in which it was last drained.</summary>
    public long DrainOrder { get; init; }

    /// <summary>Set here; null: taken away, whatever the file says.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new SortedDictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>The value of each taint that was set here; null: taken away, whatever the file says.</summary>
    public IReadOnlyDictionary<TaintName, string?> Taints { get; init; } = new SortedDictionary<TaintName, string?>();

    /// <summary>The serial number of the operator's latest word that enrolled this node again: an older retirement counts no more.</summary>
    public long EnrolledSerial { get; init; }

    /// <summary>What the node is called, by its file and by its operators.</summary>
    public IReadOnlyDictionary<string, string> LabelsOver(IReadOnlyDictionary<string, string> file)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in file)
        {
            labels[key] = value;
        }

        foreach (var (key, value) in Labels)
        {
            labels.Remove(key);
            if (value is not null)
            {
                labels[key] = value;
            }
        }

        return labels;
    }

    /// <summary>What keeps work off, by its file and by its operators.</summary>
    public IReadOnlyList<Taint> TaintsOver(IReadOnlyList<Taint> file) =>
    [
        .. file.Where(t => !Taints.ContainsKey(new(t.Key, t.Effect))),
        .. Taints.Where(t => t.Value is not null).Select(t => new Taint(t.Key.Key, t.Value!, t.Key.Effect)),
    ];

    /// <summary>Of the file's labels those that an operator has set otherwise, with the file's value.</summary>
    public IReadOnlyDictionary<string, string> Hidden(IReadOnlyDictionary<string, string> file)
    {
        var hidden = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in file)
        {
            if (Labels.TryGetValue(key, out var over) && over != value)
            {
                hidden[key] = value;
            }
        }

        return hidden;
    }
}

/// <summary>A node has one taint of a key and an effect.</summary>
public readonly record struct TaintName(string Key, TaintEffect Effect) : IComparable<TaintName>
{
    public int CompareTo(TaintName other)
    {
        var byKey = string.CompareOrdinal(Key, other.Key);
        return byKey != 0 ? byKey : Effect.CompareTo(other.Effect);
    }
}
