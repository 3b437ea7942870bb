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
/// Operators' commands, verified before they come here. <c>logs</c> streams (<see cref="LogArguments"/>); <c>renew</c> (id, heard) keeps a
/// stream alive; <c>why</c> (workload; form: json, and since: seconds), <c>denials</c> (workload) and <c>describe</c> answer at once; <c>top</c>, <c>sockets</c> and <c>unit</c> (slot, or the unit's name) look at the
/// machine; <c>start</c>, <c>stop</c>, <c>restart</c> and <c>reload</c> (unit) act on one of its units; <c>reboot</c> (inhibitors: ignore) restarts it. Each id is
/// carried out once. What is said of the node itself is <see cref="MarksDesk"/>'s, and <c>leaving</c> tells what is to leave it.
/// </summary>
internal sealed partial class CommandDesk(NodeOptions options, TopicSpace topics, NodeCore core, NodePorts ports, Outbox outbox, Link.Link link, Teller teller, Counters counters, LoopClock clock, Func<ReadOnlyMemory<byte>> describe, Func<WorkloadName, string?, ReadOnlyMemory<byte>> why, CommandDesk.Marker marker, IReadOnlyDictionary<SlotId, UnitReport> units, Denials denials)
{
    /// <summary>Null, and the batch after which it is on disk; or why it is refused.</summary>
    public delegate string? Marker(Command command, out long batch);

    private readonly Queue<(string Client, string Id)> _order = [];
    private readonly HashSet<(string Client, string Id)> _seen = [];

    public TimeSpan? Deadline => Earlier(_rebootDue, Earlier(PendingDeadline, StreamDeadline));

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
            case "denials":
                if (TryWorkload(command, answer, out var confined))
                {
                    Say(answer, Reports.Denials(denials.Of(confined)), isEnd: true, null);
                }

                break;
            case "describe":
                Say(answer, describe(), isEnd: true, null);
                break;
            case "top" or "sockets" or "unit":
                Inspect(command, answer);
                break;
            case "start":
                Act(UnitVerb.Start, command, answer);
                break;
            case "stop":
                Act(UnitVerb.Stop, command, answer);
                break;
            case "restart":
                Act(UnitVerb.Restart, command, answer);
                break;
            case "reload":
                Act(UnitVerb.Reload, command, answer);
                break;
            case "reboot":
                Reboot(command, answer);
                break;
            case "leaving":
                Leaving(answer);
                break;
            case var verb when MarksDesk.Knows(verb):
                Mark(command, answer);
                break;
            default:
                Refuse(answer, $"this agent ({options.Version}) knows no command '{command.Verb}': update it, or the tool that sent it");
                break;
        }
    }

    /// <summary>One that isn't carried out, for its time is over: who sent it is told, and may send another.</summary>
    public void Refuse(Command command, string reason)
    {
        counters.Add("commands.refused");
        Refuse(new Answer(command.ReplyClient, command.Id), $"the command was {reason}");
    }

    public void LinkDown()
    {
        CloseStreams();
        ForgetPending();
    }

    public void EndTurn()
    {
        EndPending();
        EndStreams();
        LookAtReboot();
    }

    private void Explain(Command command, Answer answer)
    {
        if (!TryWorkload(command, answer, out var workload))
        {
            return;
        }

        // A tool from before there was a document wants lines.
        var isDocument = command.Arguments.GetValueOrDefault("form") == "json";
        Say(answer, isDocument ? why(workload, command.Arguments.GetValueOrDefault("since")) : Encoding.UTF8.GetBytes(string.Join('\n', Why.Explain(core, options.Node, workload)) + "\n"), isEnd: true, null);
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

    private void Say(Answer answer, ReadOnlyMemory<byte> bytes, bool isEnd, string? error, string subject = "", long stream = 0, string cursor = "", long afterBatch = 0)
    {
        // A chunk at a time: a long answer is cut where the protocol's limit is.
        do
        {
            var size = Math.Min(bytes.Length, Protocol.ProtocolLimits.ChunkBytesMax);
            var isLast = size == bytes.Length;
            var reply = new Reply(options.Node, answer.Sequence++, bytes[..size], isEnd && isLast, isLast ? error : null) { Subject = subject, Cursor = isLast ? cursor : "" };
            outbox.Publish(topics.Reply(answer.Client, answer.Id, options.Node), WordCodec.Write(reply), retain: false, afterBatch: afterBatch, purpose: stream == 0 ? PublishPurpose.None : PublishPurpose.LogChunk, tag: stream);
            bytes = bytes[size..];
        }
        while (bytes.Length > 0);
    }
}
