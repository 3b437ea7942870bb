using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeCtl.Up;
using EdgeCtl.Up.Broker;
using MQTTnet;
using MQTTnet.Formatter;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Up;

public sealed class EmbeddedBrokerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-broker").FullName;
    private readonly ConcurrentQueue<string> _told = [];
    private EmbeddedBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await StartAsync(0);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task The_retained_flag_says_whether_a_message_was_stored_before_the_subscription(MqttProtocolVersion version)
    {
        await using var writer = await BrokerClient.ConnectAsync(_broker.EndPoint, "writer", version);
        await writer.PublishAsync("a/b", "before", retain: true);
        await using var reader = await BrokerClient.ConnectAsync(_broker.EndPoint, "reader", version);
        await reader.SubscribeAsync("a/+");
        Assert.Equal(("a/b", "before", true), await reader.Received());

        await writer.PublishAsync("a/b", "after", retain: true);
        Assert.Equal(("a/b", "after", false), await reader.Received());
    }

    [Fact]
    public async Task A_barrier_behind_a_subscription_arrives_after_what_was_retained()
    {
        const int Stored = 300;
        await using var client = await BrokerClient.ConnectAsync(_broker.EndPoint, "node");
        for (var i = 0; i < Stored; i++)
        {
            await client.PublishAsync($"claim/{i}", "x", retain: true);
        }

        await client.SubscribeAsync("claim/+");
        await client.SubscribeAsync("self");
        await client.PublishAsync("self", "barrier");
        for (var i = 0; i < Stored; i++)
        {
            Assert.True((await client.Received()).Retained);
        }

        Assert.Equal("self", (await client.Received()).Topic);
    }

    [Fact]
    public async Task Retained_messages_outlive_the_broker_and_cleared_ones_stay_cleared()
    {
        await using (var writer = await BrokerClient.ConnectAsync(_broker.EndPoint, "writer"))
        {
            await writer.PublishAsync("kept", "old", retain: true);
            await writer.PublishAsync("kept", "new", retain: true);
            await writer.PublishAsync("cleared", "x", retain: true);
            await writer.PublishAsync("cleared", "", retain: true);
        }

        await RestartAsync();
        await using var reader = await BrokerClient.ConnectAsync(_broker.EndPoint, "reader");
        await reader.SubscribeAsync("#");
        await reader.PublishAsync("last", "");
        Assert.Equal(("kept", "new", true), await reader.Received());
        Assert.Equal("last", (await reader.Received()).Topic);
    }

    [Fact]
    public async Task A_will_fires_when_the_connection_breaks_and_not_after_a_goodbye()
    {
        await using var watcher = await (await BrokerClient.ConnectAsync(_broker.EndPoint, "watcher")).SubscribeAsync("w/+");
        await using (var polite = await BrokerClient.ConnectAsync(_broker.EndPoint, "polite", willTopic: "w/polite"))
        {
            await polite.DisconnectAsync();
        }

        await (await BrokerClient.ConnectAsync(_broker.EndPoint, "broken", willTopic: "w/broken")).DisposeAsync();
        Assert.Equal(("w/broken", "will of broken", false), await watcher.Received());
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V311)]
    [InlineData(MqttProtocolVersion.V500)]
    public async Task Taking_over_a_client_id_fires_the_older_ones_will_before_the_newer_one_can_speak(MqttProtocolVersion version)
    {
        await using var watcher = await (await BrokerClient.ConnectAsync(_broker.EndPoint, "watcher")).SubscribeAsync("presence");
        await using var older = await BrokerClient.ConnectAsync(_broker.EndPoint, "node", version, willTopic: "presence");
        await using var newer = await BrokerClient.ConnectAsync(_broker.EndPoint, "node", version, willTopic: "presence");
        await newer.PublishAsync("presence", "online", retain: true);

        Assert.Equal("will of node", (await watcher.Received()).Text);
        Assert.Equal("online", (await watcher.Received()).Text);
    }

    [Fact]
    public async Task Who_subscribes_while_others_publish_misses_no_retained_message()
    {
        const int Rounds = 300;
        await using var writer = await BrokerClient.ConnectAsync(_broker.EndPoint, "writer");
        for (var round = 0; round < Rounds; round++)
        {
            await using var reader = await BrokerClient.ConnectAsync(_broker.EndPoint, $"reader{round}");
            var published = writer.PublishAsync($"r/{round}", "x", retain: true);
            await reader.SubscribeAsync($"r/{round}");
            await published;
            Assert.Equal("x", (await reader.Received()).Text);
        }
    }

    [Fact]
    public async Task A_packet_beyond_the_limit_ends_the_connection_before_room_is_made_for_it()
    {
        using var raw = new TcpClient();
        await raw.ConnectAsync(_broker.EndPoint, TestContext.Current.CancellationToken);
        // CONNECT's type, then a length of 268,435,455 bytes.
        await raw.GetStream().WriteAsync(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F }, TestContext.Current.CancellationToken);
        Assert.Equal(0, await raw.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_largest_payload_of_the_protocol_passes()
    {
        await using var client = await (await BrokerClient.ConnectAsync(_broker.EndPoint, "big")).SubscribeAsync("big");
        await client.PublishAsync("big", new string('x', EdgeAgent.Protocol.ProtocolLimits.PayloadBytesMax), retain: true);
        Assert.Equal(EdgeAgent.Protocol.ProtocolLimits.PayloadBytesMax, (await client.Received()).Text.Length);
    }

    [Fact]
    public async Task A_flood_is_slowed_down_to_its_reader_and_nothing_of_it_is_lost()
    {
        const int Messages = 3 * BrokerLimits.UnsentMessagesMax;
        await using var reader = await (await BrokerClient.ConnectAsync(_broker.EndPoint, "reader")).SubscribeAsync("flood");
        await using var writer = await BrokerClient.ConnectAsync(_broker.EndPoint, "writer");
        var published = Task.WhenAll(Enumerable.Range(0, Messages).Select(i => writer.PublishAsync("flood", $"{i}")));
        for (var i = 0; i < Messages; i++)
        {
            Assert.Equal($"{i}", (await reader.Received()).Text);
        }

        await published;
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_client_without_a_name_is_given_one()
    {
        await using var first = await (await BrokerClient.ConnectAsync(_broker.EndPoint, "", MqttProtocolVersion.V311)).SubscribeAsync("t");
        await using var second = await BrokerClient.ConnectAsync(_broker.EndPoint, "", MqttProtocolVersion.V500);
        await second.PublishAsync("t", "x");
        Assert.Equal("x", (await first.Received()).Text);
    }

    [Fact]
    public async Task A_wildcard_in_a_publishers_topic_is_refused_by_name()
    {
        await using var client = await BrokerClient.ConnectAsync(_broker.EndPoint, "odd");
        await Assert.ThrowsAnyAsync<Exception>(() => client.PublishAsync("a/#", "x"));
        var result = await client.PublishAsync(new string('t', 300), "x");
        Assert.Equal(MqttClientPublishReasonCode.TopicNameInvalid, result.ReasonCode);
        Assert.Contains(_told, t => t.Contains("wildcard", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_the_way_out()
    {
        var error = await Assert.ThrowsAsync<UpException>(() => EmbeddedBroker.StartAsync(_broker.EndPoint, _folder + "/other", _told.Enqueue));
        Assert.Contains($"port {_broker.EndPoint.Port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("--port", error.Message, StringComparison.Ordinal);
    }

    private Task<EmbeddedBroker> StartAsync(int port) => EmbeddedBroker.StartAsync(new IPEndPoint(IPAddress.Loopback, port), Path.Combine(_folder, "broker"), _told.Enqueue);

    private async Task RestartAsync()
    {
        var port = _broker.EndPoint.Port;
        await _broker.DisposeAsync();
        _broker = await StartAsync(port);
    }
}
