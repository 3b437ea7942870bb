using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;

namespace EdgeAgent.Node;

/// <summary>Bytes from the broker: decoded, verified, refused with a reason, or passed on.</summary>
public sealed partial class NodeLoop
{
    private const string Refused = "Refused";

    private void Take(BrokerMessage message)
    {
        if (!_topics.TryParse(message.Topic, out var topic))
        {
            _counters.Add("refused.topic");
            return;
        }

        switch (topic.Kind)
        {
            case TopicKind.SelfBarrier when topic.Node == _options.Node:
                _link.HeardBarrier(message.Payload);
                break;
            case TopicKind.SelfCanary when topic.Node == _options.Node:
                _link.HeardCanary(message.Retained, message.Payload.IsEmpty);
                break;
            case TopicKind.Presence:
                TakePresence(topic, message);
                break;
            case TopicKind.Retired:
                TakeRetirement(topic, message);
                break;
            case TopicKind.Intent:
                TakeIntent(topic, message, isCopy: false);
                break;
            case TopicKind.Copy when !message.Payload.IsEmpty:
                if (topic.Node == _options.Node)
                {
                    _toCore.Enqueue(new OwnCopyFound(topic.Workload));
                }

                TakeIntent(topic, message, isCopy: true);
                break;
            case TopicKind.Claim:
                TakeClaim(topic, message);
                break;
            case TopicKind.Call:
                TakeCall(topic, message);
                break;
            case TopicKind.Lease:
                TakeLease(topic, message);
                break;
            case TopicKind.Vote when topic.Holder == _options.Node:
                TakeVote(topic, message);
                break;
            case TopicKind.Grant when topic.Holder == _options.Node:
                TakeGrant(topic, message);
                break;
            case TopicKind.Ask when topic.Holder == _options.Node:
                TakeAsk(topic, message);
                break;
            case TopicKind.Status:
                _unplaced.Take(topic, message.Payload);
                break;
            case TopicKind.Command when topic.Node == _options.Node:
                TakeCommand(message, isForAll: false);
                break;
            case TopicKind.CommandToAll:
                TakeCommand(message, isForAll: true);
                break;
        }
    }

    private void TakePresence(Topic topic, BrokerMessage message)
    {
        if (message.Payload.IsEmpty)
        {
            // Cleared: of another node it says nothing; the own one is said again.
            if (topic.Node == _options.Node)
            {
                _link.SayPresence();
            }

            return;
        }

        var error = _envelope.TryRead(message.Payload, topic.Node, out var presence);
        if (error.IsError)
        {
            Refuse("presence", message.Topic, error);
            return;
        }

        if (topic.Node == _options.Node)
        {
            _link.HeardOwnPresence(presence, message.Retained);
            return;
        }

        if (message.Retained)
        {
            _link.Readings.Take(presence);
        }

        if (presence.StoreSuspect)
        {
            _link.ReadCopies(tellOthers: false);
        }

        _toCore.Enqueue(new PresenceHeard(presence, message.Retained));
    }

    private void TakeRetirement(Topic topic, BrokerMessage message)
    {
        if (message.Payload.IsEmpty)
        {
            // Only a signed word enrols a node again.
            return;
        }

        var error = RetirementCodec.TryRead(message.Payload, topic.Node, _topics, _envelope, out var word);
        if (error.IsError)
        {
            Refuse("retired", message.Topic, error);
        }
        else if (topic.Node != _options.Node)
        {
            _toCore.Enqueue(new NodeRetired(word, message.Retained));
        }
        else
        {
            // At once: what is cleared in the same moment must not be said again.
            _link.HeardOwnRetirement(word, _marks.Marks.EnrolledSerial);
            ExitWhenDue();
            if (!word.IsRetired && word.Serial > _marks.Marks.EnrolledSerial)
            {
                Keep(_marks.Marks with { EnrolledSerial = word.Serial });
            }
        }
    }

    private void TakeIntent(Topic topic, BrokerMessage message, bool isCopy)
    {
        ForgetTombstones();
        var known = _core.IntentOf(topic.Workload);
        Intent intent;
        if (known is not null && known.Signed.Span.SequenceEqual(message.Payload.Span))
        {
            intent = known;
        }
        else
        {
            var error = _envelope.TryRead(message.Payload, topic.Workload, _topics, out intent);
            if (error.IsError)
            {
                Refuse(isCopy ? "copy" : "intent", message.Topic, error);
                return;
            }

            if (intent.IsTombstone ? IsForgotten(intent, known) : IsFull(intent, known, message.Topic))
            {
                return;
            }
        }

        _toCore.Enqueue(isCopy ? new CopyHeard(intent) : new IntentHeard(intent, message.Retained));
    }

    private bool IsFull(Intent intent, Intent? known, string topic)
    {
        if (known is { IsTombstone: false } || _core.WorkloadCount < _options.WorkloadsMax)
        {
            return false;
        }

        Refuse("intent", topic, new DecodeError(DecodeFault.TooMany, $"this agent follows {_options.WorkloadsMax} workloads, and {intent.Workload} would be one more: delete what isn't needed"));
        return true;
    }

    /// <summary>The broker keeps more tombstones than a node.</summary>
    private bool IsForgotten(Intent tombstone, Intent? known) => known is null
        && _core.OldestTombstone is { Count: >= NodeLimits.TombstonesMax } oldest && tombstone.SignedAt <= oldest.SignedAt;

    /// <summary>One for each intent that comes is enough.</summary>
    private void ForgetTombstones()
    {
        if (_core.OldestTombstone is { Count: > NodeLimits.TombstonesMax } oldest)
        {
            _teller.Tell(Severity.Warning, "TombstonesFull", _options.Node.Value, "TooMany", $"{oldest.Count} deleted workloads are remembered: the oldest is forgotten before {NodeLimits.ForgetAfter.TotalDays:0} days are over, and a broker that is set back so far would revive it", isEvent: true);
            _toCore.Enqueue(new TombstonesFull());
        }
    }

    private void TakeClaim(Topic topic, BrokerMessage message)
    {
        var slot = new SlotId(topic.Workload, topic.Index);
        if (topic.Bucket != Bucket.Of(slot) && topic.Node != _options.Node)
        {
            // Of an everywhere workload: it is no other node's business.
            return;
        }

        if (message.Payload.IsEmpty)
        {
            if (!message.Retained)
            {
                _toCore.Enqueue(new ClaimCleared(slot, topic.Node));
            }

            return;
        }

        var error = _envelope.TryRead(message.Payload, slot, topic.Node, out var claim);
        if (error.IsError)
        {
            Refuse("claim", message.Topic, error);
            return;
        }

        if (message.Retained)
        {
            _link.Readings.Take(claim);
        }

        var heard = new ClaimHeard(claim, message.Retained) { Bucket = topic.Bucket };
        if (topic.Node == _options.Node)
        {
            _link.HeardOwnClaim(heard, message.Topic);
            return;
        }

        _toCore.Enqueue(heard);
    }

    private void TakeCall(Topic topic, BrokerMessage message)
    {
        if (topic.Node == _options.Node)
        {
            return;
        }

        var error = WordCodec.TryReadCall(message.Payload, out var ring);
        if (error.IsError)
        {
            Refuse("call", message.Topic, error);
            return;
        }

        _toCore.Enqueue(new CalledFor(new SlotId(topic.Workload, topic.Index), ring));
    }

    private void TakeAsk(Topic topic, BrokerMessage message)
    {
        if (message.Payload.IsEmpty)
        {
            _toCore.Enqueue(new AskedBy(topic.Node));
            return;
        }

        var error = WordCodec.TryReadWish(message.Payload, out var wish);
        if (error.IsError)
        {
            Refuse("ask", message.Topic, error);
            return;
        }

        _toCore.Enqueue(wish.Score > 0 ? new WishedFor(topic.Node, wish.Slot, wish.Epoch, wish.Score) : new AskedAbout(wish.Slot, wish.Instance));
    }

    /// <summary>Nobody follows leases: they are read when a takeover is near.</summary>
    private void TakeLease(Topic topic, BrokerMessage message)
    {
        if (message.Payload.IsEmpty)
        {
            return;
        }

        var error = WordCodec.TryReadLease(message.Payload, out var lease);
        if (error.IsError)
        {
            Refuse("lease", message.Topic, error);
            return;
        }

        _link.Readings.Take(topic.Node, lease);
    }

    private void TakeVote(Topic topic, BrokerMessage message)
    {
        var error = WordCodec.TryReadVote(message.Payload, new SlotId(topic.Workload, topic.Index), topic.Node, out var claim, out var askedAt);
        if (error.IsError)
        {
            Refuse("vote", message.Topic, error);
            return;
        }

        _toCore.Enqueue(new VoteAsked(claim, askedAt));
    }

    private void TakeGrant(Topic topic, BrokerMessage message)
    {
        var error = WordCodec.TryReadGrant(message.Payload, new SlotId(topic.Workload, topic.Index), topic.Node, out var grant);
        if (error.IsError)
        {
            Refuse("grant", message.Topic, error);
            return;
        }

        _toCore.Enqueue(new GrantHeard(grant));
    }

    private void TakeCommand(BrokerMessage message, bool isForAll)
    {
        var error = CommandCodec.TryRead(message.Payload, isForAll ? null : _options.Node, _topics, _envelope, _clock.Wall, out var command);
        if (error.IsError)
        {
            Refuse("command", message.Topic, error);
            if (command is not null)
            {
                _commands.Refuse(command, error.Message);
            }

            return;
        }

        _commands.Take(command);
    }

    /// <summary>Ignored, counted, and told once a minute for each (kind of topic, reason).</summary>
    private void Refuse(string kind, string topic, DecodeError error)
    {
        _counters.Add($"refused.{kind}.{error.Fault}");
        _teller.Tell(Severity.Warning, Refused, kind, error.Fault.ToString(), $"a message on {topic} was ignored: {error.Message}", isEvent: true);
    }
}
