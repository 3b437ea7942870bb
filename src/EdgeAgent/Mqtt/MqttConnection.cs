using System.Buffers;
using EdgeAgent.Daemon.Verbs;
using EdgeAgent.Node;
using EdgeAgent.Node.Ports;
using MQTTnet.LowLevelClient;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Daemon.Mqtt;

/// <summary>
/// One accepted connection. A packet is written by whoever submits it, on the spot, as long as the socket takes it; while it doesn't,
/// packets wait in order. Exactly one <see cref="BrokerLost"/> ends it.
/// </summary>
internal sealed class MqttConnection : IDisposable
{
    private static readonly TimeSpan RoomPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokerClosesWithin = TimeSpan.FromMilliseconds(200);
    private const double SilenceMax = 1.5;

    private readonly LowLevelMqttClient _client;
    private readonly IInputSink _sink;
    private readonly long _attempt;
    private readonly int _publishesMax;
    private readonly long _packetBytesMax;
    private readonly TimeSpan _keepAlive;
    private readonly Timer _heart;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private readonly Queue<MqttPacket> _outgoing = [];
    private readonly Queue<MqttPublishPacket> _publishes = [];
    private readonly Dictionary<ushort, long> _unanswered = [];
    private int _publishesOut;
    private ushort _lastPacketId;
    private bool _isWriting;
    private bool _isClosing;
    private bool _isLost;
    private long _heardAt = Environment.TickCount64;
    private string? _reason;

    public MqttConnection(Dialed dialed, long attempt, TimeSpan keepAlive, IInputSink sink)
    {
        (_client, _attempt, _sink) = (dialed.Client, attempt, sink);
        var answer = dialed.Answer;
        _keepAlive = answer.ServerKeepAlive > 0 ? TimeSpan.FromSeconds(answer.ServerKeepAlive) : keepAlive;
        _publishesMax = Math.Min(NodeLimits.PublishesInFlightMax, answer.ReceiveMaximum == 0 ? int.MaxValue : (int)answer.ReceiveMaximum);
        _packetBytesMax = answer.MaximumPacketSize == 0 ? long.MaxValue : answer.MaximumPacketSize;
        _heart = new Timer(_ => Beat(), null, _keepAlive / 2, _keepAlive / 2);
    }

    public void Publish(BrokerPublish request)
    {
        if (request.Payload.Length + request.Topic.Length + 64 > _packetBytesMax)
        {
            _sink.Post(new BrokerPublished(_attempt, request.Id, $"{request.Payload.Length} bytes on {request.Topic}: this broker takes packets of at most {_packetBytesMax} bytes"));
            return;
        }

        var packet = new MqttPublishPacket
        {
            Topic = request.Topic,
            Payload = new ReadOnlySequence<byte>(request.Payload),
            Retain = request.Retain,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        };
        lock (_gate)
        {
            packet.PacketIdentifier = NextId(request.Id);
            if (_publishesOut >= _publishesMax)
            {
                _publishes.Enqueue(packet);
                return;
            }

            _publishesOut++;
            _outgoing.Enqueue(packet);
        }

        Write();
    }

    public void Subscribe(BrokerSubscribe request)
    {
        lock (_gate)
        {
            var packet = new MqttSubscribePacket { PacketIdentifier = NextId(request.Id) };
            foreach (var filter in request.Filters)
            {
                packet.TopicFilters.Add(new MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
            }

            _outgoing.Enqueue(packet);
        }

        Write();
    }

    public void Unsubscribe(BrokerUnsubscribe request)
    {
        lock (_gate)
        {
            var packet = new MqttUnsubscribePacket { PacketIdentifier = NextId(0) };
            packet.TopicFilters.AddRange(request.Filters);
            _outgoing.Enqueue(packet);
        }

        Write();
    }

    /// <summary>A DISCONNECT behind everything that waits.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosing = true;
            _reason ??= "disconnected";
            _outgoing.Enqueue(new MqttDisconnectPacket());
        }

        Write();
    }

    /// <summary>Without a DISCONNECT: the broker fires the will.</summary>
    public void Abort(string reason) => Lose(reason);

    /// <summary>Until the connection ends.</summary>
    public async Task Receive()
    {
        try
        {
            while (!_ended.IsCancellationRequested)
            {
                var packet = await _client.ReceiveAsync(_ended.Token).ConfigureAwait(false);
                if (packet is null)
                {
                    Lose("the broker closed the connection");
                    return;
                }

                Volatile.Write(ref _heardAt, Environment.TickCount64);
                Take(packet);
            }
        }
        catch (Exception e)
        {
            // Whatever broke it, the loop's answer is the same: it connects again.
            Lose(SystemWords.Of(e.InnerException ?? e));
        }
    }

    /// <summary>Ends it where it hasn't ended.</summary>
    public void Dispose() => Lose("the agent ends");

    private void Take(MqttPacket packet)
    {
        switch (packet)
        {
            case MqttPublishPacket e:
                Take(e);
                break;
            case MqttPubAckPacket e:
                Answered(e);
                break;
            case MqttSubAckPacket e:
                _sink.Post(new BrokerSubscribed(_attempt, Forget(e.PacketIdentifier), [.. e.ReasonCodes.Select(c => (int)c < 0x80)]));
                break;
            case MqttUnsubAckPacket e:
                Forget(e.PacketIdentifier);
                break;
            case MqttDisconnectPacket e:
                Lose($"the broker disconnected: {e.ReasonCode}{(string.IsNullOrEmpty(e.ReasonString) ? "" : $" ({e.ReasonString})")}");
                break;
        }
    }

    private void Take(MqttPublishPacket e)
    {
        var message = new BrokerMessage(_attempt, e.Topic, e.Payload.ToArray(), e.Retain);
        while (!_sink.TryPost(message))
        {
            // Not read on: TCP makes the broker wait.
            _sink.WaitForRoom(RoomPatience);
            if (_ended.IsCancellationRequested)
            {
                return;
            }
        }

        if (e.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtLeastOnce)
        {
            lock (_gate)
            {
                _outgoing.Enqueue(new MqttPubAckPacket { PacketIdentifier = e.PacketIdentifier });
            }

            Write();
        }
    }

    private void Answered(MqttPubAckPacket e)
    {
        var refusal = (int)e.ReasonCode >= 0x80 ? $"{e.ReasonCode}{(string.IsNullOrEmpty(e.ReasonString) ? "" : $" ({e.ReasonString})")}" : null;
        lock (_gate)
        {
            _publishesOut--;
            if (_publishes.TryDequeue(out var next))
            {
                _publishesOut++;
                _outgoing.Enqueue(next);
            }
        }

        _sink.Post(new BrokerPublished(_attempt, Forget(e.PacketIdentifier), refusal));
        Write();
    }

    private ushort NextId(long requestId)
    {
        do
        {
            _lastPacketId = _lastPacketId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastPacketId + 1);
        }
        while (_unanswered.ContainsKey(_lastPacketId));
        _unanswered[_lastPacketId] = requestId;
        return _lastPacketId;
    }

    private long Forget(ushort packetId)
    {
        lock (_gate)
        {
            return _unanswered.Remove(packetId, out var requestId) ? requestId : 0;
        }
    }

    /// <summary>One writer at a time: whoever finds none becomes it, and goes on where the socket takes the packet at once.</summary>
    private void Write()
    {
        lock (_gate)
        {
            if (_isWriting || _isLost)
            {
                return;
            }

            _isWriting = true;
        }

        _ = WriteAll();
    }

    private async Task WriteAll()
    {
        try
        {
            while (true)
            {
                MqttPacket? packet;
                lock (_gate)
                {
                    if (!_outgoing.TryDequeue(out packet))
                    {
                        _isWriting = false;
                        if (!_isClosing)
                        {
                            return;
                        }
                    }
                }

                if (packet is null)
                {
                    // The broker closes on a DISCONNECT. Closing first, with something unread, would reset the connection,
                    // and a reset is told to the broker before the DISCONNECT is.
                    _ended.CancelAfter(BrokerClosesWithin);
                    return;
                }

                await _client.SendAsync(packet, _ended.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            Lose(SystemWords.Of(e.InnerException ?? e));
        }
    }

    private void Beat()
    {
        if (Environment.TickCount64 - Volatile.Read(ref _heardAt) > _keepAlive.TotalMilliseconds * SilenceMax)
        {
            Lose($"the broker was silent for {_keepAlive.TotalSeconds * SilenceMax:0} s");
            return;
        }

        lock (_gate)
        {
            _outgoing.Enqueue(MqttPingReqPacket.Instance);
        }

        Write();
    }

    private void Lose(string reason)
    {
        lock (_gate)
        {
            if (_isLost)
            {
                return;
            }

            _isLost = true;
            _reason ??= reason;
        }

        // By whoever came first, and in this order: another thread that finds it lost may not wait, and takes nothing away.
        _heart.Dispose();
        _ended.Cancel();
        _ended.Dispose();
        _client.Dispose();
        _sink.Post(new BrokerLost(_attempt, _reason));
    }
}
