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
    private JournalReader _all;
    private JournalSpot? _last;
    private JournalSpot? _first;
    private JournalSpot? _told;
    private bool _isInDoubt;
    private long _changes;

    public JournalTurnover(bool isSystem)
    {
        _isSystem = isSystem;
        _all = Open(isSystem);
        try
        {
            _last = Ask(Last);
        }
        catch
        {
            _all.Dispose();
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

    /// <summary>The reader begins behind this entry.</summary>
    public void BeginBehind(JournalSpot spot) => Known = spot;

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
        var isMissing = false;
        if (Known is { } from && from.Place.Before(spot.Place) is not 0 and var between && HasLost(from, spot, out var gone))
        {
            (isMissing, entries) = (true, gone > between ? between : gone);
        }

        // Only now: who has to begin anew because a look failed begins behind what was given out.
        Known = Later(Known, spot);
        return isMissing;
    }

    /// <summary>The reader has come to the end of what it can see. True: some may be missing behind what it had before.</summary>
    public bool IsMissingAtEnd(out ulong? entries)
    {
        entries = null;
        var isMissing = Known is { } from && HasLost(from, _last ?? from, out entries);
        if (isMissing)
        {
            // Once: all before it is read or told of.
            (_told, _isInDoubt) = (_first, false);
        }

        // In doubt and with nothing left, what comes next will tell.
        Known = Known is not null && _isInDoubt && _first is null ? Known : Later(Known, _last);
        return isMissing;
    }

    /// <summary>How many entries may have come behind a place that is gone and left, where it can be known.</summary>
    public static ulong? Since(JournalPlace gone, bool isSystem)
    {
        using var turnover = new JournalTurnover(isSystem);
        return turnover.Ask(turnover.First) is { } first ? gone.Before(first.Place) : null;
    }

    public void Dispose() => _all.Dispose();

    private static JournalReader Open(bool isSystem)
    {
        var all = new JournalReader(isSystem, bytesMax: 1);
        try
        {
            all.Watch();
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    private static JournalSpot? Later(JournalSpot? one, JournalSpot? other) => one is not { } a ? other : other is not { } b || a.IsAfter(b) ? one : other;

    /// <param name="from">So far the reader had all.</param>
    /// <param name="to">So far it has come.</param>
    /// <param name="entries">How many may be missing.</param>
    private bool HasLost(JournalSpot from, JournalSpot to, out ulong? entries)
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
            return false;
        }

        // What the reader still has open may be older than all that is left.
        _isInDoubt = first.IsAfter(to) && first != _told;
        entries = from.Place.Before(first.Place);
        return first.IsAfter(from) && entries is not 0 && first != _told;
    }

    private void TakeChanges()
    {
        if (_all.TakeChanges())
        {
            _isInDoubt = true;
            _changes++;
        }
    }

    private JournalSpot? Last()
    {
        _all.SeekTail();
        return _all.TryPrevious() ? _all.Spot : null;
    }

    private JournalSpot? First()
    {
        _all.SeekHead();
        return _all.TryNext() ? _all.Spot : null;
    }

    /// <summary>Once more, where what was open is gone, as long as files go.</summary>
    private JournalSpot? Ask(Func<JournalSpot?> what)
    {
        for (var changes = -1L; ;)
        {
            try
            {
                return what();
            }
            catch (JournalDamagedException) when (changes != CountChanges())
            {
                changes = _changes;
                var all = Open(_isSystem);
                _all.Dispose();
                _all = all;
                _isInDoubt = true;
            }
        }
    }
}
