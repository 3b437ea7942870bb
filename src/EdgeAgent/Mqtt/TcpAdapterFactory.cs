using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;

namespace EdgeAgent.Daemon.Mqtt;

/// <summary>TCP and TLS alone: MQTTnet's own factory can do web sockets too, and so brings an HTTP client of two megabytes into the binary.</summary>
internal sealed class TcpAdapterFactory : IMqttClientAdapterFactory
{
    private const int BufferBytes = 4096;
    private const int BufferBytesKept = 65535;

    public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
        new MqttChannelAdapter(new MqttTcpChannel(options), new MqttPacketFormatterAdapter(options.ProtocolVersion, new MqttBufferWriter(BufferBytes, BufferBytesKept)), logger)
        {
            AllowPacketFragmentation = options.AllowPacketFragmentation,
            PacketInspector = packetInspector,
        };
}
