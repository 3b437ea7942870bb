using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;

namespace EdgeAgent.Node.Answering;

/// <summary>
/// Streams of logs. Two things hold one back: the broker, which acknowledges each chunk, and its reader, which says with each <c>renew</c> how far it is.
/// </summary>
internal sealed partial class CommandDesk
{
    /// <summary>A stream that nobody renews for this long ends: its reader is gone.</summary>
    public static readonly TimeSpan StreamLife = TimeSpan.FromSeconds(60);

    private readonly Dictionary<long, Stream> _streams = [];
    private readonly Dictionary<(string Client, string Id), StreamedAnswer> _answers = [];
    private long _nextStream = 1;

    private TimeSpan? StreamDeadline => _answers.Count == 0 ? null : _answers.Values.Min(a => a.Until);

    /// <summary>A chunk of a unit's output; its acknowledgement by the broker lets the next one come.</summary>
    public void Take(LogChunk chunk)
    {
        if (!_streams.TryGetValue(chunk.Id, out var stream))
        {
            return;
        }

        var answer = stream.Answer;
        if (chunk.IsEnd)
        {
            _streams.Remove(chunk.Id);
            answer.Open--;
        }

        Say(answer, chunk.Bytes, isEnd: answer.Open == 0, chunk.Error, stream.Source, chunk.Id, chunk.Cursor);
        if (answer.Open == 0)
        {
            _answers.Remove((answer.Client, answer.Id));
        }
    }

    public void Acknowledged(long id)
    {
        if (_streams.TryGetValue(id, out var stream) && stream.Answer.IsTooFarAhead)
        {
            stream.Answer.Withheld.Add(id);
            return;
        }

        ports.Logs.Submit(new LogAcknowledge(id));
    }

    private void Logs(Command command, Answer asked)
    {
        if (!LogArguments.TryRead(command.Arguments, clock.Wall, out var query, out var error))
        {
            Refuse(asked, error);
            return;
        }

        var logs = query.Unit is { } unit ? [query.Of(new LogSource(unit))] : LogsOf(query);
        if (logs.Count == 0)
        {
            Refuse(asked, $"{options.Node} has run no slot of {query.Workload}");
            return;
        }

        if (logs.Count > 1 && query.HasCursor)
        {
            Refuse(asked, $"a cursor is of one log, and {options.Node} has {logs.Count} of {query.Workload}: the command logs needs an index with it");
            return;
        }

        if (_streams.Count + logs.Count > NodeLimits.LogStreamsMax)
        {
            Refuse(asked, $"{options.Node} streams {NodeLimits.LogStreamsMax} logs at most at once: name one slot (edgectl logs {query.Workload}/0), or end another stream");
            return;
        }

        var answer = new StreamedAnswer(asked.Client, asked.Id, query.Ahead) { Open = logs.Count, Until = clock.Now + StreamLife };
        _answers[(answer.Client, answer.Id)] = answer;

        // Who asked knows by this that a log that stays silent is one in which nothing is written.
        Say(answer, default, isEnd: false, null);
        foreach (var log in logs)
        {
            _streams[_nextStream] = new Stream(answer, log.Source.ToString());
            ports.Logs.Submit(new LogOpen(_nextStream++, log));
        }
    }

    private List<LogQuery> LogsOf(LogArguments query) =>
    [
        .. core.OwnWords.Where(w => w.Slot.Workload == query.Workload && (query.Index is null || w.Slot.Index == query.Index)
            && w.Phase is not (ClaimPhase.Withdrawn or ClaimPhase.Bid or ClaimPhase.Seen)).Select(w => query.Of(w, UnitOf(w.Slot.Workload))),
    ];

    private string? UnitOf(WorkloadName workload) => (core.IntentOf(workload)?.Spec?.Run as UnitRun)?.Unit;

    private void Renew(Command command)
    {
        if (!_answers.TryGetValue((command.ReplyClient, command.Arguments.GetValueOrDefault("id", "")), out var answer))
        {
            return;
        }

        answer.Until = clock.Now + StreamLife;
        if (long.TryParse(command.Arguments.GetValueOrDefault("heard"), NumberStyles.None, CultureInfo.InvariantCulture, out var heard))
        {
            answer.Heard = Math.Clamp(heard, answer.Heard, answer.Sequence);
        }

        if (!answer.IsTooFarAhead)
        {
            answer.Withheld.ForEach(id => ports.Logs.Submit(new LogAcknowledge(id)));
            answer.Withheld.Clear();
        }
    }

    private void CloseStreams()
    {
        foreach (var id in _streams.Keys)
        {
            ports.Logs.Submit(new LogClose(id));
        }

        _streams.Clear();
        _answers.Clear();
    }

    private void EndStreams()
    {
        if (_answers.Count == 0)
        {
            return;
        }

        foreach (var answer in _answers.Values.Where(a => a.Until <= clock.Now).ToList())
        {
            foreach (var (id, _) in _streams.Where(s => s.Value.Answer == answer).ToList())
            {
                _streams.Remove(id);
                ports.Logs.Submit(new LogClose(id));
            }

            _answers.Remove((answer.Client, answer.Id));
            Refuse(answer, "nobody renewed this stream");
        }
    }

    private sealed record Stream(StreamedAnswer Answer, string Source);

    private sealed class StreamedAnswer(string client, string id, int ahead) : Answer(client, id)
    {
        /// <summary>Streams that have not ended.</summary>
        public int Open { get; set; }

        /// <summary>Replies that the reader is through with.</summary>
        public long Heard { get; set; }

        /// <summary>Streams of which a chunk was acknowledged by the broker, but waits for the reader.</summary>
        public List<long> Withheld { get; } = [];

        public bool IsTooFarAhead => Sequence - Heard >= ahead;
    }
}
