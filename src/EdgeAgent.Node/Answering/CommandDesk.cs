using System.Globalization;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Link;
using EdgeAgent.Node.Ports;
using EdgeAgent.Node.Telling;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node.Answering;

/// <summary>
/// Operators' commands, verified before they come here. <c>logs</c> (workload, index, lines, follow) streams; <c>renew</c> (id) keeps a
/// stream alive; <c>why</c> (workload) and <c>describe</c> answer at once; <c>top</c>, <c>sockets</c> and <c>unit</c> (slot, or the unit's name) look at the
/// machine. Each id is carried out once.
/// </summary>
internal sealed partial class CommandDesk(NodeOptions options, TopicSpace topics, NodeCore core, ILogs logs, Outbox outbox, Counters counters, LoopClock clock, Func<ReadOnlyMemory<byte>> describe, IInspector inspector, IReadOnlyDictionary<SlotId, UnitReport> units)
{
    /// <summary>A stream that nobody renews for this long ends: its reader is gone.</summary>
    public static readonly TimeSpan StreamLife = TimeSpan.FromSeconds(60);

    private readonly Queue<(string Client, string Id)> _order = [];
    private readonly HashSet<(string Client, string Id)> _seen = [];
    private readonly Dictionary<long, Stream> _streams = [];
    private readonly Dictionary<(string Client, string Id), Answer> _answers = [];
    private long _nextStream = 1;

    public TimeSpan? Deadline
    {
        get
        {
            var first = InspectionDeadline;
            foreach (var answer in _answers.Values)
            {
                first = first < answer.Until ? first : answer.Until;
            }

            return first;
        }
    }

    public void Take(Command command)
    {
        if (!_seen.Add((command.ReplyClient, command.Id)))
        {
            counters.Add("commands.repeated");
            return;
        }

        _order.Enqueue((command.ReplyClient, command.Id));
        if (_order.Count > NodeLimits.CommandIdsRemembered)
        {
            _seen.Remove(_order.Dequeue());
        }

        counters.Add("commands.taken");
        var answer = new Answer(command.ReplyClient, command.Id);
        switch (command.Verb)
        {
            case "logs":
                Logs(command, answer);
                break;
            case "renew":
                Renew(command);
                break;
            case "why":
                Explain(command, answer);
                break;
            case "describe":
                Say(answer, describe(), isEnd: true, null);
                break;
            case "top" or "sockets" or "unit":
                Inspect(command, answer);
                break;
            default:
                Refuse(answer, $"this agent ({options.Version}) knows no command '{command.Verb}': update it, or the tool that sent it");
                break;
        }
    }

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

        Say(answer, chunk.Bytes, isEnd: answer.Open == 0, chunk.Error, stream.Slot.ToString(), chunk.Id);
        if (answer.Open == 0)
        {
            _answers.Remove((answer.Client, answer.Id));
        }
    }

    public void Acknowledged(long stream) => logs.Submit(new LogAcknowledge(stream));

    public void LinkDown()
    {
        foreach (var id in _streams.Keys)
        {
            logs.Submit(new LogClose(id));
        }

        _streams.Clear();
        _answers.Clear();
        ForgetInspections();
    }

    public void EndTurn()
    {
        EndInspections();
        foreach (var answer in _answers.Values.Where(a => a.Until <= clock.Now).ToList())
        {
            foreach (var (id, _) in _streams.Where(s => s.Value.Answer == answer).ToList())
            {
                _streams.Remove(id);
                logs.Submit(new LogClose(id));
            }

            _answers.Remove((answer.Client, answer.Id));
            Refuse(answer, "nobody renewed this stream");
        }
    }

    private void Logs(Command command, Answer answer)
    {
        if (!TryWorkload(command, answer, out var workload))
        {
            return;
        }

        var lines = command.Arguments.TryGetValue("lines", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : (int?)null;
        var index = command.Arguments.TryGetValue("index", out text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out n) ? n : (int?)null;
        var follow = command.Arguments.GetValueOrDefault("follow") == "true";
        var slots = core.OwnWords.Where(w => w.Slot.Workload == workload && (index is null || w.Slot.Index == index) && w.Phase is not (ClaimPhase.Withdrawn or ClaimPhase.Bid or ClaimPhase.Seen)).Select(w => w.Slot).ToList();
        if (slots.Count == 0)
        {
            Refuse(answer, $"{options.Node} has run no slot of {workload}");
            return;
        }

        if (_streams.Count + slots.Count > NodeLimits.LogStreamsMax)
        {
            Refuse(answer, $"{options.Node} streams {NodeLimits.LogStreamsMax} logs at most at once: name one slot (edgectl logs {workload}/0), or end another stream");
            return;
        }

        answer.Open = slots.Count;
        answer.Until = clock.Now + StreamLife;
        _answers[(answer.Client, answer.Id)] = answer;
        foreach (var slot in slots)
        {
            _streams[_nextStream] = new Stream(answer, slot);
            logs.Submit(new LogOpen(_nextStream++, slot, lines, follow));
        }
    }

    private void Renew(Command command)
    {
        if (_answers.TryGetValue((command.ReplyClient, command.Arguments.GetValueOrDefault("id", "")), out var answer))
        {
            answer.Until = clock.Now + StreamLife;
        }
    }

    private void Explain(Command command, Answer answer)
    {
        if (TryWorkload(command, answer, out var workload))
        {
            Say(answer, Encoding.UTF8.GetBytes(string.Join('\n', Why.Explain(core, options.Node, workload)) + "\n"), isEnd: true, null);
        }
    }

    private bool TryWorkload(Command command, Answer answer, out WorkloadName workload)
    {
        var text = command.Arguments.GetValueOrDefault("workload");
        if (WorkloadName.TryParse(text, out workload))
        {
            return true;
        }

        Refuse(answer, $"the command {command.Verb} needs the name of a workload");
        return false;
    }

    private void Refuse(Answer answer, string error) => Say(answer, default, isEnd: true, error);

    private void Say(Answer answer, ReadOnlyMemory<byte> bytes, bool isEnd, string? error, string subject = "", long stream = 0)
    {
        // A chunk at a time: a long answer is cut where the protocol's limit is.
        do
        {
            var size = Math.Min(bytes.Length, Protocol.ProtocolLimits.ChunkBytesMax);
            var isLast = size == bytes.Length;
            var reply = new Reply(options.Node, answer.Sequence++, bytes[..size], isEnd && isLast, isLast ? error : null) { Subject = subject };
            outbox.Publish(topics.Reply(answer.Client, answer.Id, options.Node), WordCodec.Write(reply), retain: false, purpose: stream == 0 ? PublishPurpose.None : PublishPurpose.LogChunk, tag: stream);
            bytes = bytes[size..];
        }
        while (bytes.Length > 0);
    }

    private sealed record Stream(Answer Answer, SlotId Slot);

    private sealed class Answer(string client, string id)
    {
        public string Client => client;

        public string Id => id;

        public long Sequence { get; set; }

        /// <summary>Streams that have not ended.</summary>
        public int Open { get; set; }

        public TimeSpan Until { get; set; }
    }
}
