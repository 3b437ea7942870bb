using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using MQTTnet;
using MQTTnet.Protocol;
using Xunit;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>Somebody with access to the broker and with no operator's key.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    public static async Task<Stranger> ConnectAsync(IPEndPoint broker)
    {
        var stranger = new Stranger();
        await stranger._client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer($"{broker.Address}", broker.Port).WithClientId($"stranger-{Guid.NewGuid():N}").Build(), TestContext.Current.CancellationToken);
        return stranger;
    }

    /// <summary>Collects what comes on this filter from now on.</summary>
    public async Task<ConcurrentQueue<(string Topic, byte[] Payload)>> ListenAsync(string filter)
    {
        var heard = new ConcurrentQueue<(string, byte[])>();
        _client.ApplicationMessageReceivedAsync += e =>
        {
            heard.Enqueue((e.ApplicationMessage.Topic, e.ApplicationMessage.Payload.ToArray()));
            return Task.CompletedTask;
        };
        await _client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce, TestContext.Current.CancellationToken);
        return heard;
    }

    public Task PublishAsync(string topic, byte[] payload, bool retain, bool acknowledged = true) => _client.PublishAsync(
        new MqttApplicationMessage
        {
            Topic = topic,
            PayloadSegment = payload,
            Retain = retain,
            QualityOfServiceLevel = acknowledged ? MqttQualityOfServiceLevel.AtLeastOnce : MqttQualityOfServiceLevel.AtMostOnce,
        },
        TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
