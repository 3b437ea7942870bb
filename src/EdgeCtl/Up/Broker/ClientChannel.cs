using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeCtl.Up.Broker;

/// <summary>One connection of the broker, watched: its will, how far it is behind, and when it asked to subscribe.</summary>
internal sealed class ClientChannel(IMqttChannelAdapter inner, RecentChanges recent) : IMqttChannelAdapter
{
    private MqttConnectPacket? _connect;

    public Outbox Outbox { get; } = new();

    /// <summary>The last retained change before the SUBSCRIBE that is being handled.</summary>
    public long SubscribeMark { get; private set; }

    /// <summary>True from the first time that it was told to go because it was too far behind.</summary>
    public bool IsEvicted { get; set; }

    public long BytesReceived => inner.BytesReceived;

    public long BytesSent => inner.BytesSent;

    public X509Certificate2 ClientCertificate => inner.ClientCertificate;

    public EndPoint RemoteEndPoint => inner.RemoteEndPoint;

    public EndPoint LocalEndPoint => inner.LocalEndPoint;

    public bool IsSecureConnection => inner.IsSecureConnection;

    public MqttPacketFormatterAdapter PacketFormatterAdapter => inner.PacketFormatterAdapter;

    /// <summary>The will, once: it is then no longer this connection's. Null where there is none, or a DISCONNECT took it back.</summary>
    public MqttApplicationMessage? TakeWill()
    {
        if (Interlocked.Exchange(ref _connect, null) is not { WillFlag: true } connect)
        {
            return null;
        }

        return new MqttApplicationMessage
        {
            Topic = connect.WillTopic,
            PayloadSegment = connect.WillMessage ?? [],
            QualityOfServiceLevel = connect.WillQoS,
            Retain = connect.WillRetain,
        };
    }

    public Task ConnectAsync(CancellationToken cancellationToken) => inner.ConnectAsync(cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => inner.DisconnectAsync(cancellationToken);

    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        var packet = await inner.ReceivePacketAsync(cancellationToken).ConfigureAwait(false);
        switch (packet)
        {
            case MqttConnectPacket connect:
                // MQTT 3.1.1, 3.1.3.1: a clean session may have no name, and mosquitto's own tools have none. MQTTnet gives one to MQTT 5's clients only.
                if (connect is { CleanSession: true, ClientId: null or "" } && PacketFormatterAdapter.ProtocolVersion != MqttProtocolVersion.V500)
                {
                    connect.ClientId = $"auto-{Guid.NewGuid():N}";
                }

                _connect = connect;
                break;
            case MqttDisconnectPacket { ReasonCode: not MqttDisconnectReasonCode.DisconnectWithWillMessage }:
                _connect = null;
                break;
            case MqttSubscribePacket:
                SubscribeMark = recent.Last;
                break;
            case MqttPubAckPacket acknowledgement:
                Outbox.Acknowledged(acknowledgement.PacketIdentifier);
                break;
            case MqttPubCompPacket completion:
                Outbox.Acknowledged(completion.PacketIdentifier);
                break;
        }

        return packet!;
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        if (packet is not MqttPublishPacket publish)
        {
            await inner.SendPacketAsync(packet, cancellationToken).ConfigureAwait(false);
            return;
        }

        var (bytes, isAcknowledged) = ((int)publish.Payload.Length, publish.QualityOfServiceLevel != MqttQualityOfServiceLevel.AtMostOnce);
        if (isAcknowledged)
        {
            Outbox.Sending(publish.PacketIdentifier, bytes);
        }

        await inner.SendPacketAsync(packet, cancellationToken).ConfigureAwait(false);
        Outbox.Sent(bytes, isAcknowledged);
    }

    public void ResetStatistics() => inner.ResetStatistics();

    public void Dispose()
    {
        Outbox.Close();
        inner.Dispose();
    }
}
