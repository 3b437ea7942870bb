using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Topics;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeCtl.Connection;

/// <summary>
/// One clean connection to a cell's broker. Messages are read one at a time by whoever owns it; while they aren't, they wait, and
/// behind <see cref="WaitingMax"/> of them the broker does. All failures are <see cref="CtlException"/>.
/// </summary>
internal sealed class FleetConnection : IAsyncDisposable
{
    private const int WaitingMax = 4096;

    private readonly Channel<FleetMessage> _received = Channel.CreateBounded<FleetMessage>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly FleetTarget _target;
    private readonly NodeId _self;

    private FleetConnection(FleetTarget target)
    {
        _target = target;
        ClientId = $"ctl-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        _self = NodeId.Parse(ClientId);
        _client.ApplicationMessageReceivedAsync += Take;
        _client.DisconnectedAsync += args =>
        {
            _received.Writer.TryComplete(new CtlException(ExitCode.NotReachable, $"{target.Address} ended the connection{(string.IsNullOrEmpty(args.ReasonString) ? "" : $" ({args.ReasonString})")}: try again when the broker is back"));
            return Task.CompletedTask;
        };
    }

    /// <summary>A DNS label, new for each connection: replies go to it.</summary>
    public string ClientId { get; }

    public TopicSpace Topics => _target.Topics;

    public static async Task<FleetConnection> OpenAsync(FleetTarget target, CancellationToken cancel)
    {
        var connection = new FleetConnection(target);
        try
        {
            await BrokerDialer.ConnectAsync(connection._client, target, connection.ClientId, cancel).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns when the broker has acknowledged; a filter that it refuses is an error.</summary>
    public async Task SubscribeAsync(IEnumerable<string> filters, CancellationToken cancel)
    {
        var options = new MqttClientSubscribeOptions();
        options.TopicFilters.AddRange(filters.Select(f => new MqttTopicFilter { Topic = f, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }));
        var answer = await Reaching(_client.SubscribeAsync(options, cancel)).ConfigureAwait(false);
        if (answer.Items.FirstOrDefault(i => (int)i.ResultCode >= 0x80) is { } refused)
        {
            throw new CtlException(ExitCode.Failed, $"{_target.Address} does not let you read {refused.TopicFilter.Topic}: {refused.ResultCode}; check the broker's access rules");
        }
    }

    /// <summary>QoS 1; returns when the broker has acknowledged.</summary>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel)
    {
        var answer = await Reaching(_client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = topic,
                Payload = new ReadOnlySequence<byte>(payload),
                Retain = retain,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            },
            cancel)).ConfigureAwait(false);
        if (!answer.IsSuccess && answer.ReasonCode != MqttClientPublishReasonCode.NoMatchingSubscribers)
        {
            throw new CtlException(ExitCode.Failed, $"{_target.Address} refused what was sent to {topic}: {answer.ReasonCode}; check the broker's access rules");
        }
    }

    /// <summary>The next message of this cell.</summary>
    public async ValueTask<FleetMessage> ReadAsync(CancellationToken cancel)
    {
        try
        {
            return await _received.Reader.ReadAsync(cancel).ConfigureAwait(false);
        }
        catch (ChannelClosedException e) when (e.InnerException is CtlException lost)
        {
            throw lost;
        }
    }

    /// <summary>
    /// Hands on everything that the broker had to say until now: a message to oneself comes back behind it.
    /// </summary>
    public async Task ReadToBarrierAsync(Action<FleetMessage> hear, CancellationToken cancel)
    {
        var nonce = RandomNumberGenerator.GetBytes(16);
        await PublishAsync(Topics.Self(SelfPurpose.Barrier, _self), nonce, retain: false, cancel).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        while (true)
        {
            // Counted anew by each message: a large cell takes its time, a dead broker says nothing.
            patience.CancelAfter(BrokerDialer.Patience);
            try
            {
                var message = await ReadAsync(patience.Token).ConfigureAwait(false);
                if (message.Topic.Kind == TopicKind.SelfBarrier)
                {
                    if (message.Payload.Span.SequenceEqual(nonce))
                    {
                        return;
                    }

                    continue;
                }

                hear(message);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new CtlException(ExitCode.NotReachable, $"{_target.Address} did not deliver a message to its sender within {BrokerDialer.Patience.TotalSeconds:0} s: it is overloaded, or its access rules forbid {Topics.SelfOf(_self)}");
            }
        }
    }

    /// <summary>What barriers come back on: to be among the first filters that are subscribed to.</summary>
    public string BarrierFilter => Topics.Self(SelfPurpose.Barrier, _self);

    public async ValueTask DisposeAsync()
    {
        _received.Writer.TryComplete();
        try
        {
            if (_client.IsConnected)
            {
                await _client.DisconnectAsync(new MqttClientDisconnectOptions(), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is MQTTnet.Exceptions.MqttCommunicationException or OperationCanceledException)
        {
            // It was gone already.
        }

        _client.Dispose();
    }

    private async Task Take(MqttApplicationMessageReceivedEventArgs args)
    {
        var message = args.ApplicationMessage;
        if (Topics.TryParse(message.Topic, out var topic))
        {
            try
            {
                await _received.Writer.WriteAsync(new FleetMessage(topic, message.Payload.ToArray(), message.Retain)).ConfigureAwait(false);
            }
            catch (ChannelClosedException)
            {
                // The command has what it wanted.
            }
        }
    }

    private async Task<T> Reaching<T>(Task<T> request)
    {
        try
        {
            return await request.ConfigureAwait(false);
        }
        catch (MQTTnet.Exceptions.MqttCommunicationException e)
        {
            throw new CtlException(ExitCode.NotReachable, $"{_target.Address}: the connection was lost: {e.Message}");
        }
    }
}
