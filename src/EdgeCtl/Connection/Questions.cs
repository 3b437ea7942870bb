using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Verbs;

namespace EdgeCtl.Connection;

/// <summary>Signed commands to nodes, and what these answer. For one thread, but for what the connection hears.</summary>
public sealed class Questions : IDisposable
{
    /// <summary>Replies on their way from all nodes together: less than what brokers keep for a client that is slow.</summary>
    private const int RepliesAheadOfAll = 512;

    private const int RepliesAheadMin = 4;
    private const int RepliesAheadMax = 128;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";
    private static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(25);

    private readonly FleetSession _session;
    private readonly OperatorKey _key;
    private readonly ConcurrentDictionary<string, Question> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(Question Question, Reply Reply)> _replies = new();
    private int _ahead = RepliesAheadMax;

    private Questions(FleetSession session, OperatorKey key)
    {
        (_session, _key) = (session, key);
        session.Connection.Heard = Hear;
    }

    public static async Task<Questions> OpenAsync(FleetSession session, CancellationToken cancel)
    {
        var questions = new Questions(session, session.Key);
        try
        {
            await session.Connection.ReadAsync([session.Topics.RepliesTo(session.Connection.Name.Value)], cancel).ConfigureAwait(false);
            return questions;
        }
        catch
        {
            questions.Dispose();
            throw;
        }
    }

    /// <summary>How far each of this many streams may be ahead of its reader.</summary>
    public int Share(int streams) => _ahead = Math.Clamp(RepliesAheadOfAll / Math.Max(1, streams), RepliesAheadMin, RepliesAheadMax);

    public async Task<Question> AskAsync(NodeId node, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        var question = new Question(RandomNumberGenerator.GetString(Letters, 12), node) { HeardAt = Environment.TickCount64, RenewedAt = Environment.TickCount64 };
        _open[question.Id] = question;
        await SendAsync(node, question.Id, verb, arguments, cancel).ConfigureAwait(false);
        return question;
    }

    /// <summary>The next reply, in order for each node.</summary>
    public bool TryTake([NotNullWhen(true)] out Question? question, [NotNullWhen(true)] out Reply? reply)
    {
        var isThere = _replies.TryDequeue(out var next);
        (question, reply) = next;
        if (isThere && reply!.IsEnd)
        {
            question!.IsEnded = true;
            Forget(question);
        }

        return isThere;
    }

    /// <summary>What still comes of it isn't heard, and the node ends it when nobody renews it.</summary>
    public void Forget(Question question) => _open.TryRemove(question.Id, out _);

    /// <summary>Keeps open streams from ending, and tells the nodes how far one is with what they sent.</summary>
    public async Task RenewAsync(CancellationToken cancel)
    {
        foreach (var question in _open.Values)
        {
            var isDue = Environment.TickCount64 - question.RenewedAt >= RenewInterval.TotalMilliseconds || question.Through - question.ThroughTold >= (_ahead + 1) / 2;
            if (!isDue)
            {
                continue;
            }

            (question.RenewedAt, question.ThroughTold) = (Environment.TickCount64, question.Through);
            var arguments = new Dictionary<string, string> { ["id"] = question.Id, ["heard"] = question.Through.ToString(CultureInfo.InvariantCulture) };
            await SendAsync(question.Node, RandomNumberGenerator.GetString(Letters, 12), "renew", arguments, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Asks these the same and waits until all have answered; gives those that were silent too long.</summary>
    public static async Task<IReadOnlyList<NodeId>> AskAllAsync(
        FleetSession session, IReadOnlyList<NodeId> nodes, string verb, IReadOnlyDictionary<string, string> arguments, TimeSpan silenceMax, Action<Reply> heard, CancellationToken cancel)
    {
        using var questions = await OpenAsync(session, cancel).ConfigureAwait(false);
        foreach (var node in nodes)
        {
            await questions.AskAsync(node, verb, arguments, cancel).ConfigureAwait(false);
        }

        var last = Environment.TickCount64;
        while (!questions._open.IsEmpty && Environment.TickCount64 - last <= silenceMax.TotalMilliseconds)
        {
            await session.WaitAsync(() => !questions._replies.IsEmpty, TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
            while (questions.TryTake(out _, out var reply))
            {
                last = Environment.TickCount64;
                heard(reply);
            }
        }

        return [.. questions._open.Values.Select(q => q.Node)];
    }

    public bool HasReplies => !_replies.IsEmpty;

    public void Dispose() => _session.Connection.Heard = _session.View.Hear;

    private Task SendAsync(NodeId node, string id, string verb, IReadOnlyDictionary<string, string> arguments, CancellationToken cancel)
    {
        var command = new Command(id, DateTimeOffset.UtcNow + (ProtocolLimits.CommandLifeMax / 2), verb, arguments, _session.Connection.Name.Value);
        return _session.Connection.PublishAsync(_session.Topics.Command(node), CommandCodec.Sign(command, node, _key, _session.Topics), retain: false, cancel);
    }

    private void Hear(string topic, ReadOnlyMemory<byte> payload, bool retained)
    {
        _session.View.Hear(topic, payload, retained);
        if (!_session.Topics.TryParse(topic, out var parsed) || parsed.Kind != TopicKind.Reply || parsed.Id is not { } id || !_open.TryGetValue(id, out var question) || question.Node != parsed.Node
            || WordCodec.TryReadReply(payload, parsed.Node, out var reply).IsError)
        {
            return;
        }

        // A broker may deliver one again.
        if (reply.Sequence >= question.Next)
        {
            question.Lost += reply.Sequence - question.Next;
            question.Next = reply.Sequence + 1;
            question.HeardAt = Environment.TickCount64;
            _replies.Enqueue((question, reply));
        }
    }
}
