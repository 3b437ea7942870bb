namespace EdgeCtl.Logs;

/// <summary>A line as its node gave it: its time (RFC 3339, or "-"), and its text.</summary>
public readonly record struct TimedLine(DateTimeOffset At, string Stamp, string Text);

/// <summary>
/// Lines of several logs in the order of their times. One goes out when every log that is open has a later one, or when it has waited for
/// <paramref name="patience"/>: a quiet log holds up the others no longer than that. Nodes' clocks are taken as they are.
/// </summary>
public sealed class LogMerge(TimeSpan patience)
{
    private readonly List<Source> _sources = [];

    /// <summary>Whether there is a line that waits.</summary>
    public bool HoldsLines => _sources.Exists(s => s.Lines.Count > 0);

    public Source Open()
    {
        var source = new Source();
        _sources.Add(source);
        return source;
    }

    /// <summary>Of the logs' order where times are the same.</summary>
    public bool TryTake(TimeSpan now, out Source source, out TimedLine line)
    {
        source = null!;
        line = default;
        var isWhole = true;
        foreach (var candidate in _sources)
        {
            if (!candidate.Lines.TryPeek(out var head))
            {
                isWhole &= candidate.IsEnded;
            }
            else if (source is null || head.Line.At < line.At)
            {
                (source, line) = (candidate, head.Line);
            }
        }

        if (source is null || !(isWhole || now - source.Lines.Peek().Since >= patience))
        {
            return false;
        }

        source.Lines.Dequeue();
        if (source.IsEnded && source.Lines.Count == 0)
        {
            _sources.Remove(source);
        }

        return true;
    }

    /// <summary>One log.</summary>
    public sealed class Source
    {
        internal Queue<(TimedLine Line, TimeSpan Since)> Lines { get; } = new();

        internal bool IsEnded { get; private set; }

        private DateTimeOffset _last;

        /// <summary>How many lines have not gone out.</summary>
        public int Waiting => Lines.Count;

        /// <summary>A line without a time of its own follows the one before.</summary>
        public void Add(string stamp, DateTimeOffset? at, string text, TimeSpan now)
        {
            _last = at ?? _last;
            Lines.Enqueue((new TimedLine(_last, stamp, text), now));
        }

        /// <summary>No more will come: nobody waits for it.</summary>
        public void End() => IsEnded = true;
    }
}
