using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Whether entries left the journal before a reader came to them. When journald vacuums a file it takes the file's blocks away, so that a reader who has it open finds
/// nothing in it, and is told nothing; of files that came and went between two looks it never hears. What is still kept says so: nothing is missing between two entries
/// unless the oldest that is left is behind the first of them. For one thread.
/// </summary>
internal sealed class JournalTurnover : IDisposable
{
    private readonly bool _isSystem;
    private JournalReader _root;
    private JournalSpot? _last;
    private JournalSpot? _first;
    private JournalSpot? _told;
    private bool _isInDoubt;
    private long _changes;

    public JournalTurnover(bool isSystem)
    {
        _isSystem = isSystem;
        _root = Open(isSystem);
        try
        {
            _last = Ask(Last);
        }
        catch
        {
            _root.Dispose();
            throw;
        }
    }

    /// <summary>The entry up to which the reader has all; null before it has read anything.</summary>
    public JournalSpot? Known { get; private set; }

    /// <summary>How often files of the journal have come or gone. A file is gone before its blocks are.</summary>
    public long CountChanges()
    {
        TakeChanges();
        return _changes;
    }

    /// <summary>Before the reader takes in what changed: so much it can see then.</summary>
    public void Look()
    {
        TakeChanges();
        _last = Ask(Last) ?? _last;
    }

    /// <summary>The reader has come to this entry. True: some may be missing before it; how many, of all units together, where it can be known.</summary>
    public bool IsMissingBefore(JournalSpot spot, out ulong? entries)
    {
        entries = null;
        var known = Known;
        Known = Later(known, spot);
        if (known is not { } from)
        {
            return false;
        }

        var between = from.Place.Before(spot.Place);
        if (between is 0 || !HasLost(from, out var gone))
        {
            return false;
        }

        entries = gone > between ? between : gone;
        return true;
    }

    /// <summary>The reader has come to the end of what it can see. True: some may be missing behind what it had before.</summary>
    public bool IsMissingAtEnd(out ulong? entries)
    {
        entries = null;
        var known = Known;
        Known = Later(known, _last);
        if (known is not { } from || !HasLost(from, out entries))
        {
            return false;
        }

        // Once: all before it is read or told of.
        (_told, _isInDoubt) = (_first, false);
        return true;
    }

    /// <summary>How many entries may have come behind a place that is gone and left, where it can be known.</summary>
    public static ulong? Since(JournalPlace gone, bool isSystem)
    {
        using var turnover = new JournalTurnover(isSystem);
        return turnover.Ask(turnover.First) is { } first ? gone.Before(first.Place) : null;
    }

    public void Dispose() => _root.Dispose();

    private static JournalReader Open(bool isSystem)
    {
        var root = new JournalReader(isSystem, bytesMax: 1);
        try
        {
            if (isSystem)
            {
                // Files of users turn on their own (journald.conf(5), SplitMode=), and may have the oldest entry of all for years.
                root.Match("_UID", "0");
            }

            root.Watch();
            return root;
        }
        catch
        {
            root.Dispose();
            throw;
        }
    }

    private static JournalSpot? Later(JournalSpot? one, JournalSpot? other) =>
        one is not { } a ? other : other is not { } b || a.At > b.At ? one : other;

    private bool HasLost(JournalSpot from, out ulong? entries)
    {
        entries = null;
        TakeChanges();
        if (!_isInDoubt)
        {
            return false;
        }

        _first = Ask(First);
        if (_first is not { } first)
        {
            // Nothing is left, and what comes next will tell.
            Known = from;
            return false;
        }

        // What the reader still has open may be older than all that is left.
        _isInDoubt = first.At > Known?.At && first != _told;
        entries = from.Place.Before(first.Place);
        return first.At > from.At && entries is not 0 && first != _told;
    }

    private void TakeChanges()
    {
        if (_root.TakeChanges())
        {
            _isInDoubt = true;
            _changes++;
        }
    }

    private JournalSpot? Last()
    {
        _root.SeekTail();
        return _root.TryPrevious() ? _root.Spot : null;
    }

    private JournalSpot? First()
    {
        _root.SeekHead();
        return _root.TryNext() ? _root.Spot : null;
    }

    /// <summary>Once more, where what was open is gone.</summary>
    private JournalSpot? Ask(Func<JournalSpot?> what)
    {
        try
        {
            return what();
        }
        catch (JournalDamagedException)
        {
            var root = Open(_isSystem);
            _root.Dispose();
            _root = root;
            _isInDoubt = true;
            _changes++;
            return what();
        }
    }
}
