using EdgeAgent.Linux.Systemd.Binding;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// Whether entries came and left the journal between two looks of a reader that had read all there was at the first. What a reader has open it reads to its end, also
/// when it was vacuumed; files that it never saw it can't. For one thread.
/// </summary>
internal sealed class JournalTurnover : IDisposable
{
    private readonly JournalReader _root;
    private (JournalPlace Place, TimeSpan At) _seen;
    private (JournalPlace Place, TimeSpan At) _now;
    private bool _isInDoubt;

    public JournalTurnover(bool isSystem)
    {
        _root = new JournalReader(isSystem, bytesMax: 1);
        try
        {
            if (isSystem)
            {
                // Files of users turn on their own (journald.conf(5), SplitMode=), and may have the oldest entry of all for years.
                _root.Match("_UID", "0");
            }

            _root.Watch();
            _seen = _now = Last() ?? default;
        }
        catch
        {
            _root.Dispose();
            throw;
        }
    }

    /// <summary>Before the reader takes in what changed: so much it can see then.</summary>
    public void Look()
    {
        _root.TakeChanges();
        _now = Last() ?? _seen;
    }

    /// <summary>
    /// After the reader took it in, and before it reads on. False: nothing is missing; else how many entries may be, of all units together, where it can be known.
    /// </summary>
    public bool HasTurned(bool haveFilesChanged, out ulong? entries)
    {
        entries = null;
        _isInDoubt |= haveFilesChanged;
        var seen = _seen;
        _seen = _now;
        if (!_isInDoubt)
        {
            return false;
        }

        if (First() is not { } first)
        {
            // Nothing is left, and what comes next will tell.
            _seen = seen;
            return false;
        }

        _isInDoubt = false;
        entries = seen.Place.Before(first.Place);
        return first.At > seen.At && entries is not 0;
    }

    /// <summary>How many entries may have come behind a place that is gone and left, where it can be known.</summary>
    public static ulong? Since(JournalPlace gone, bool isSystem)
    {
        using var turnover = new JournalTurnover(isSystem);
        return turnover.First() is { } first ? gone.Before(first.Place) : null;
    }

    public void Dispose() => _root.Dispose();

    private (JournalPlace Place, TimeSpan At)? Last()
    {
        _root.SeekTail();
        return _root.TryPrevious() ? Here() : null;
    }

    private (JournalPlace Place, TimeSpan At)? First()
    {
        _root.SeekHead();
        return _root.TryNext() ? Here() : null;
    }

    private (JournalPlace Place, TimeSpan At) Here() => (JournalPlace.Of(_root.Cursor), _root.AtSinceBoot);
}
