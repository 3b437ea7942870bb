using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Protocol;
using MQTTnet;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace EdgeCtl.Up.Broker;

/// <summary>
/// An MQTT 3.1.1 and 5 broker for a fleet on one machine: MQTTnet's server, with its retained messages on disk, every queue bounded, wills that also fire when a
/// client id is taken over (MQTT 5, 3.1.2.5), and no gap between reading the retained messages and being subscribed.
/// </summary>
public sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ClientChannel> _clients = new(StringComparer.Ordinal);
    private readonly RecentChanges _recent = new();
    private readonly RetainedStore _retained;
    private readonly Action<string> _tell;
    private readonly BrokerListener _listener;
    private readonly MqttServer _server;

    private EmbeddedBroker(IPEndPoint endPoint, RetainedStore retained, Action<string> tell)
    {
        _retained = retained;
        _tell = tell;
        _listener = new BrokerListener(endPoint, _recent, tell);
        var options = new MqttServerOptions
        {
            DefaultCommunicationTimeout = BrokerLimits.CommunicationTimeout,
            EnablePersistentSessions = false,
            MaxPendingMessagesPerClient = BrokerLimits.PendingMessagesMax,
            PendingMessagesOverflowStrategy = MqttPendingMessagesOverflowStrategy.DropNewMessage,
        };
        _server = new MqttServer(options, [_listener], new MqttNetNullLogger());
        _server.LoadingRetainedMessageAsync += LoadRetained;
        _server.RetainedMessageChangedAsync += KeepRetainedAsync;
        _server.ValidatingConnectionAsync += AdmitAsync;
        _server.ClientDisconnectedAsync += Forget;
        _server.ClientSubscribedTopicAsync += CatchUpAsync;
        _server.InterceptingPublishAsync += Check;
        _server.InterceptingClientEnqueueAsync += CountAsync;
    }

    /// <summary>Called after each change of a retained message, in the thread of whoever published it; an empty payload: cleared.</summary>
    public event Action<string, ReadOnlyMemory<byte>>? RetainedChanged;

    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>
    /// Listens when it returns. Throws <see cref="UpException"/> where the port or the folder can't be had, with what to do.
    /// </summary>
    public static async Task<EmbeddedBroker> StartAsync(IPEndPoint endPoint, string folder, Action<string> tell)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(tell);
        RetainedStore retained;
        try
        {
            retained = RetainedStore.Open(folder, tell);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpException($"the broker's folder {folder} can't be used: {e.Message}");
        }

        var broker = new EmbeddedBroker(endPoint, retained, tell);
        try
        {
            await broker._server.StartAsync().ConfigureAwait(false);
            return broker;
        }
        catch (SocketException e)
        {
            await broker.DisposeAsync().ConfigureAwait(false);
            throw new UpException(e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"port {endPoint.Port} of {endPoint.Address} is in use, perhaps by another broker: end that, or name a free one with --port",
                SocketError.AddressNotAvailable => $"{endPoint.Address} is no address of this machine: name one of its own with --bind",
                SocketError.AccessDenied => $"port {endPoint.Port} may not be used by you: name one above 1023 with --port",
                _ => $"the broker can't listen on {endPoint}: {e.Message}",
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new MqttServerStopOptions()).ConfigureAwait(false);
        _server.Dispose();
        await _retained.DisposeAsync().ConfigureAwait(false);
    }

    private Task LoadRetained(LoadingRetainedMessagesEventArgs args)
    {
        args.LoadedRetainedMessages = _retained.All().Select(m => new MqttApplicationMessage
        {
            Topic = m.Topic,
            PayloadSegment = m.Payload,
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)m.Qos,
            Retain = true,
        }).ToList();
        return Task.CompletedTask;
    }

    private async Task KeepRetainedAsync(RetainedMessageChangedEventArgs args)
    {
        _recent.Add(args.ChangedRetainedMessage);

        // Two changes of one topic may come here in the other order; what the server holds is the later one.
        var topic = args.ChangedRetainedMessage.Topic;
        var now = await _server.GetRetainedMessageAsync(topic).ConfigureAwait(false);
        var payload = now is null ? [] : now.Payload.ToArray();
        _retained.Put(new(topic, payload, (byte)(now?.QualityOfServiceLevel ?? 0)));
        RetainedChanged?.Invoke(topic, payload);
    }

    private async Task AdmitAsync(ValidatingConnectionEventArgs args)
    {
        var channel = (ClientChannel)args.ChannelAdapter;
        if (string.IsNullOrEmpty(args.ClientId))
        {
            args.AssignedClientIdentifier = $"auto-{Guid.NewGuid():N}";
        }

        var id = string.IsNullOrEmpty(args.ClientId) ? args.AssignedClientIdentifier : args.ClientId;
        if (!_clients.ContainsKey(id) && _clients.Count >= BrokerLimits.ClientsMax)
        {
            args.ReasonCode = MqttConnectReasonCode.ServerUnavailable;
            args.ReasonString = $"this broker serves at most {BrokerLimits.ClientsMax} clients";
            return;
        }

        args.SessionItems[typeof(ClientChannel)] = channel;
        var older = _clients.TryGetValue(id, out var before) ? before : null;
        _clients[id] = channel;
        if (older?.TakeWill() is { } will)
        {
            await _server.InjectApplicationMessage(new InjectedMqttApplicationMessage(will) { SenderClientId = id }, args.CancellationToken).ConfigureAwait(false);
        }
    }

    private Task Forget(ClientDisconnectedEventArgs args)
    {
        if (args.SessionItems[typeof(ClientChannel)] is ClientChannel channel)
        {
            _clients.TryRemove(new(args.ClientId, channel));
        }

        return Task.CompletedTask;
    }

    private async Task CatchUpAsync(ClientSubscribedTopicEventArgs args)
    {
        if (args.SessionItems[typeof(ClientChannel)] is not ClientChannel channel)
        {
            return;
        }

        var missed = _recent.Since(channel.SubscribeMark, args.TopicFilter.Topic);
        if (missed.Count == 0)
        {
            return;
        }

        var session = await _server.GetSessionAsync(args.ClientId).ConfigureAwait(false);
        foreach (var message in missed)
        {
            session.TryEnqueueApplicationMessage(
                new MqttApplicationMessage
                {
                    Topic = message.Topic,
                    Payload = message.Payload,
                    QualityOfServiceLevel = (MqttQualityOfServiceLevel)Math.Min((int)message.QualityOfServiceLevel, (int)args.TopicFilter.QualityOfServiceLevel),
                },
                out _);
        }
    }

    private Task Check(InterceptingPublishEventArgs args)
    {
        var topic = args.ApplicationMessage.Topic;
        if (string.IsNullOrEmpty(topic) || topic.AsSpan().ContainsAny("+#\0") || topic.Length > ProtocolLimits.TopicBytesMax)
        {
            Refuse(args, MqttPubAckReasonCode.TopicNameInvalid, $"a topic has 1 to {ProtocolLimits.TopicBytesMax} bytes and no wildcard");
        }
        else if (args.ApplicationMessage is { Retain: true, Payload.Length: > 0 } && _retained.Refusal(topic, args.ApplicationMessage.Payload.Length) is { } refusal)
        {
            Refuse(args, MqttPubAckReasonCode.QuotaExceeded, refusal);
        }

        return Task.CompletedTask;
    }

    private void Refuse(InterceptingPublishEventArgs args, MqttPubAckReasonCode code, string reason)
    {
        args.ProcessPublish = false;
        args.Response.ReasonCode = code;
        args.Response.ReasonString = reason;

        // MQTT 3.1.1 has no words for it: to acknowledge would be a lie, so the connection ends (3.3.5).
        var spokenTo = args.SessionItems?[typeof(ClientChannel)] as ClientChannel;
        args.CloseConnection = spokenTo?.PacketFormatterAdapter.ProtocolVersion != MqttProtocolVersion.V500;
        _tell($"broker: a message of {args.ClientId} was refused: {reason}");
    }

    // Who is slow makes those wait who write to it, as TCP would: the sending doesn't depend on their receiving, so nobody waits in a circle.
    private async Task CountAsync(InterceptingClientApplicationMessageEnqueueEventArgs args)
    {
        if (!_clients.TryGetValue(args.ReceiverClientId, out var channel))
        {
            return;
        }

        var room = channel.Outbox.RoomAsync();
        if (!room.IsCompleted)
        {
            await Task.WhenAny(room, Task.Delay(BrokerLimits.StuckClientPatience)).ConfigureAwait(false);
        }

        if (!room.IsCompleted || !channel.Outbox.TryAdd((int)args.ApplicationMessage.Payload.Length))
        {
            args.AcceptEnqueue = false;
            if (!channel.IsEvicted)
            {
                channel.IsEvicted = true;
                _tell($"broker: {args.ReceiverClientId} is too far behind and is disconnected");
                _ = Task.Run(() => EvictAsync(args.ReceiverClientId));
            }
        }
    }

    private async Task EvictAsync(string client)
    {
        try
        {
            await _server.DisconnectClientAsync(client, new MqttServerClientDisconnectOptions { ReasonCode = MqttDisconnectReasonCode.QuotaExceeded }).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // It has gone by itself.
        }
    }
}
