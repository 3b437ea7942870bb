using System.Globalization;
using System.Text;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;

namespace EdgeCtl.Logs;

/// <summary>One log and how far it has been read, so that a further question goes on where an earlier one was cut.</summary>
internal sealed class LogTail(LogPlace place, LogMerge.Source source)
{
    private readonly long _since = Environment.TickCount64;
    private readonly Queue<(long Lines, long Replies, Question Question)> _pieces = new();
    private string _stamp = "";
    private DateTimeOffset? _at;
    private int _ofStamp;
    private int _skip;
    private string _skipStamp = "";
    private string _cursor = "";
    private long _taken;
    private long _printed;

    /// <summary>Of a log that was done, where it is written to again: it goes on from where it was.</summary>
    public LogTail Again(LogMerge.Source further) => new(place, further) { _stamp = _stamp, _at = _at, _ofStamp = _ofStamp, _cursor = _cursor, Question = Question };

    public LogPlace Place => place;

    public LogMerge.Source Source => source;

    public Question? Question { get; private set; }

    /// <summary>Which connection of the node the question went to.</summary>
    public (long Session, ulong Instance) Link { get; private set; }

    public bool IsDone { get; set; }

    public bool IsToldAway { get; set; }

    /// <summary>The node doesn't give it.</summary>
    public bool IsRefused { get; set; }

    public bool IsQuietFor(TimeSpan time) =>
        Question is { IsHeard: true } && source.Waiting == 0 && Environment.TickCount64 - Question.HeardAt >= time.TotalMilliseconds;

    /// <summary>What the node is asked for next: at first as the user said, then from where it was cut.</summary>
    public Dictionary<string, string> NextArguments(int ahead)
    {
        var arguments = new Dictionary<string, string>(place.Asked, StringComparer.Ordinal) { ["ahead"] = ahead.ToString(CultureInfo.InvariantCulture) };
        if (_cursor.Length > 0)
        {
            arguments["cursor"] = _cursor;
        }

        // Also beside a cursor: an agent that was set back to an older version knows none, and goes by the time.
        if (_at is { } at)
        {
            arguments.Remove("lines");
            arguments.Remove("ago");
            arguments["since"] = ((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture);
        }
        else if (Question is not null && arguments.Remove("lines"))
        {
            // It had nothing to say yet: what came since then is wanted, by the node's own clock.
            arguments["ago"] = (Environment.TickCount64 - _since).ToString(CultureInfo.InvariantCulture);
        }

        (_skip, _skipStamp) = (_ofStamp, _stamp);
        return arguments;
    }

    public void Asked(Question question, (long Session, ulong Instance) link) => (Question, Link) = (question, link);

    /// <summary>Takes in the lines of a reply; those that were read before it was cut aren't taken again.</summary>
    public void Hear(Reply reply, TimeSpan now)
    {
        if (reply.Cursor.Length > 0)
        {
            // Where the node knows cursors nothing that was read comes again.
            (_cursor, _skip) = (reply.Cursor, 0);
        }

        foreach (var line in Encoding.UTF8.GetString(reply.Chunk.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var stamp = space < 0 ? "-" : line[..space];
            if (_skip > 0 && stamp == _skipStamp)
            {
                _skip--;
                continue;
            }

            _ofStamp = stamp == _stamp ? _ofStamp + 1 : 1;
            _stamp = stamp;
            DateTimeOffset? at = DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
            _at = at ?? _at;
            source.Add(stamp, at, line[(space + 1)..], now);
            _taken++;
        }

        _pieces.Enqueue((_taken, reply.Sequence + 1, Question!));
        Settle();
    }

    /// <summary>A line of it went out.</summary>
    public void Printed()
    {
        _printed++;
        Settle();
    }

    /// <summary>Replies of which all lines went out are what the node may send more for.</summary>
    private void Settle()
    {
        while (_pieces.TryPeek(out var piece) && piece.Lines <= _printed)
        {
            piece.Question.Through = piece.Replies;
            _pieces.Dequeue();
        }
    }
}
