using System.Globalization;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>One reading of a slot's two files: where it is in them, and which workload wrote what comes next.</summary>
internal sealed class RingReader(UnitFolder folder, LogQuery query) : IDisposable
{
    private const string Missing = "[lines may be missing here: the ring of this slot's log turned before they were read]";
    private const char Mark = 'i';

    private LogTail? _log;
    private string _incarnation = "";

    /// <summary>What is there, <c>log.old</c> before <c>log</c>; both may change their names meanwhile.</summary>
    public IEnumerable<LogLine> ReadKept()
    {
        // In this order: what is put aside in between is then read once, and not twice or never.
        _log = LogTail.TryOpen(folder.Log);
        using var old = _log is { IsPutAside: true } ? null : LogTail.TryOpen(folder.OldLog);
        var (begin, from) = Cursor();
        var isWanted = begin > 0;
        var isBehind = !isWanted || !((old?.Begin == begin && old.Length >= from) || (_log?.Begin == begin && _log.Length >= from));
        if (isWanted && isBehind)
        {
            yield return new LogLine(null, Missing);
        }

        foreach (var tail in new[] { old, _log })
        {
            var isHere = !isBehind && tail?.Begin == begin;
            foreach (var line in Lines(tail))
            {
                if (isBehind || (isHere && tail!.Position > from))
                {
                    yield return line;
                }
            }

            isBehind |= isHere;
        }

        foreach (var line in ReadMore())
        {
            yield return line;
        }
    }

    /// <summary>What came since the last call.</summary>
    public IEnumerable<LogLine> ReadMore()
    {
        while (true)
        {
            // Asked before the reading: once it is put aside nothing is added to it.
            var isPutAside = _log?.IsPutAside ?? true;
            foreach (var line in Lines(_log))
            {
                yield return line;
            }

            if (!isPutAside)
            {
                yield break;
            }

            using var last = _log;
            _log = LogTail.TryOpen(folder.Log);
            using var old = last is null || _log is null or { IsPutAside: true } ? null : LogTail.TryOpen(folder.OldLog);
            if (old is not null && old.Begin != last!.Begin && old.Begin != _log!.Begin)
            {
                // The file behind the one that was read is old already, and there may have been others between them.
                yield return new LogLine(null, Missing);
                foreach (var line in Lines(old))
                {
                    yield return line;
                }
            }

            if (_log is null)
            {
                yield break;
            }
        }
    }

    public void Dispose() => _log?.Dispose();

    /// <summary>The file's first time and the place in it; zeros where nothing is to be gone on from, ones where what is given is of another kind of log.</summary>
    private (long Begin, long From) Cursor()
    {
        if (query.After is not { } after)
        {
            return (0, 0);
        }

        var parts = after.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var begin) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var from) && begin > 0
            ? (begin, from)
            : (1, 1);
    }

    private IEnumerable<LogLine> Lines(LogTail? tail)
    {
        foreach (var text in tail?.ReadLines() ?? [])
        {
            if (TryParse(text, out var line))
            {
                yield return line with { Cursor = string.Create(CultureInfo.InvariantCulture, $"{tail!.Begin}:{tail.Position}") };
            }
        }
    }

    /// <summary>False for one that isn't asked for.</summary>
    private bool TryParse(string text, out LogLine line)
    {
        line = default;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var priority = LogPriority.Info;
        if (space > 0 && text.Length >= space + 3 && long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var us))
        {
            if (text[space + 1] == Mark)
            {
                _incarnation = text[(space + 3)..];
                return false;
            }

            line = new LogLine(DateTimeOffset.UnixEpoch.AddMicroseconds(us), text[(space + 3)..]);
            priority = text[space + 1] == 'e' ? LogPriority.Error : LogPriority.Info;
        }
        else
        {
            line = new LogLine(null, text);
        }

        // What a supervisor of an older version wrote names nobody, and may be of either.
        var isOfAnother = query.Incarnation is { } wanted && _incarnation.Length > 0 && _incarnation != wanted.ToString();
        return !isOfAnother && (query.After is not null || !(line.At < query.Since)) && priority <= query.PriorityMax;
    }
}
