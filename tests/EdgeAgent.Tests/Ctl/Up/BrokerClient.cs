using System.Buffers;
using System.Net;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Up;

/// <summary>A client of the broker under test; what it is sent waits in <see cref="Received"/>.</summary>
internal sealed class BrokerClient : IAsyncDisposable
{
    private readonly Channel<(string Topic, string Text, bool Retained)> _received = Channel.CreateUnbounded<(string, string, bool)>();
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    public bool IsConnected => _client.IsConnected;

    public static async Task<BrokerClient> ConnectAsync(IPEndPoint broker, string id, MqttProtocolVersion version = MqttProtocolVersion.V500, string? willTopic = null)
    {
        var connected = new BrokerClient();
        connected._client.ApplicationMessageReceivedAsync += args =>
        {
            var message = args.ApplicationMessage;
            connected._received.Writer.TryWrite((message.Topic, System.Text.Encoding.UTF8.GetString(message.Payload.ToArray()), message.Retain));
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer(broker.Address.ToString(), broker.Port).WithClientId(id).WithProtocolVersion(version).WithCleanSession();
        if (willTopic is not null)
        {
            options = options.WithWillTopic(willTopic).WithWillPayload($"will of {id}").WithWillRetain().WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce);
        }

        var result = await connected._client.ConnectAsync(options.Build(), TestContext.Current.CancellationToken);
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        return connected;
    }

    public async Task<BrokerClient> SubscribeAsync(string filter)
    {
        await _client.SubscribeAsync(new MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }, TestContext.Current.CancellationToken);
        return this;
    }

    public Task<MqttClientPublishResult> PublishAsync(string topic, string text, bool retain = false) =>
        PublishAsync(topic, System.Text.Encoding.UTF8.GetBytes(text), retain);

    public Task<MqttClientPublishResult> PublishAsync(string topic, byte[] payload, bool retain = false) => _client.PublishAsync(
        new MqttApplicationMessage { Topic = topic, PayloadSegment = payload, Retain = retain, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce },
        TestContext.Current.CancellationToken);

    public async Task<(string Topic, string Text, bool Retained)> Received() =>
        await _received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    public Task DisconnectAsync() => _client.DisconnectAsync(new MqttClientDisconnectOptions(), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
