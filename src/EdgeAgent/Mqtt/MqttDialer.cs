using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Verbs;
using EdgeAgent.Node.Ports;
using MQTTnet;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.LowLevelClient;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace EdgeAgent.Daemon.Mqtt;

/// <summary>An MQTT connection that was accepted, and what the broker said of itself.</summary>
internal sealed record Dialed(LowLevelMqttClient Client, MqttConnAckPacket Answer, MqttProtocolVersion Version);

/// <summary>Why a connection did not come about, for a person.</summary>
internal sealed class DialException(string message, bool mayBeVersion) : Exception(message)
{
    /// <summary>An older version of MQTT may be understood.</summary>
    public bool MayBeVersion => mayBeVersion;
}

/// <summary>Makes connections: TCP or TLS, MQTT 5, and 3.1.1 where a broker doesn't know 5. What worked is remembered.</summary>
internal sealed class MqttDialer(MqttSettings settings)
{
    /// <summary>Larger packets aren't sent by a broker that speaks MQTT 5: the protocol's payload, its topic and headers.</summary>
    private const uint PacketBytesMax = Protocol.ProtocolLimits.PayloadBytesMax + 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private MqttProtocolVersion? _worked = settings.ProtocolLevel switch
    {
        5 => MqttProtocolVersion.V500,
        4 => MqttProtocolVersion.V311,
        _ => null,
    };

    public async Task<Dialed> Dial(BrokerConnect request, CancellationToken cancel)
    {
        try
        {
            return await Dial(request, _worked ?? MqttProtocolVersion.V500, cancel).ConfigureAwait(false);
        }
        catch (DialException e) when (_worked is null && e.MayBeVersion)
        {
            return await Dial(request, MqttProtocolVersion.V311, cancel).ConfigureAwait(false);
        }
    }

    private async Task<Dialed> Dial(BrokerConnect request, MqttProtocolVersion version, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        var client = new LowLevelMqttClient(new TcpAdapterFactory(), MqttNetNullLogger.Instance);
        var isConnected = false;
        try
        {
            await client.ConnectAsync(Options(version), patience.Token).ConfigureAwait(false);
            isConnected = true;
            await client.SendAsync(Packet(request, version), patience.Token).ConfigureAwait(false);
            if (await client.ReceiveAsync(patience.Token).ConfigureAwait(false) is not MqttConnAckPacket answer)
            {
                throw new DialException($"{settings.Url} closed the connection without a word{Hint}", mayBeVersion: true);
            }

            Check(answer);
            _worked ??= version;
            return new Dialed(client, answer, version);
        }
        catch (Exception e) when (e is not DialException)
        {
            client.Dispose();
            throw new DialException(Explain(e, cancel), mayBeVersion: isConnected && e is not OperationCanceledException);
        }
        catch (DialException)
        {
            client.Dispose();
            throw;
        }
    }

    // TLS 1.3 lets a client without a certificate believe that all is well until its first read.
    private string Hint => settings is { UseTls: true, CertificateFile: null } ? "; it may want a certificate of this node: [Broker] CertificateFile and KeyFile" : "";

    private MqttClientOptions Options(MqttProtocolVersion version)
    {
        var builder = new MqttClientOptionsBuilder()
            .WithEndPoint(IPAddress.TryParse(settings.Host, out var address) ? new IPEndPoint(address, settings.Port) : new DnsEndPoint(settings.Host, settings.Port))
            .WithTcpServer(tcp => tcp.NoDelay = true)
            .WithProtocolVersion(version)
            .WithTimeout(Patience);
        return (settings.UseTls ? builder.WithTlsOptions(Tls()) : builder).Build();
    }

    private MqttClientTlsOptions Tls()
    {
        var tls = new MqttClientTlsOptions { UseTls = true, TargetHost = settings.Host, RevocationMode = X509RevocationMode.NoCheck };
        if (settings.CaFile is { } ca)
        {
            tls.TrustChain = [];
            tls.TrustChain.ImportFromPemFile(ca);
        }

        if (settings.CertificateFile is { } certificate)
        {
            tls.ClientCertificatesProvider = new DefaultMqttCertificatesProvider([X509Certificate2.CreateFromPemFile(certificate, settings.KeyFile)]);
        }

        return tls;
    }

    private MqttConnectPacket Packet(BrokerConnect request, MqttProtocolVersion version) => new()
    {
        ClientId = request.ClientId,
        CleanSession = true,
        KeepAlivePeriod = (ushort)Math.Clamp(settings.KeepAlive.TotalSeconds, 1, ushort.MaxValue),
        Username = settings.UserName,
        Password = settings.PasswordFile is { } file ? Secret.OfFile(file).Reveal() : null,
        WillFlag = request.WillTopic is not null,
        WillTopic = request.WillTopic,
        WillMessage = request.WillTopic is null ? null : request.WillPayload.ToArray(),
        WillQoS = MqttQualityOfServiceLevel.AtLeastOnce,
        WillRetain = request.WillTopic is not null,
        MaximumPacketSize = version == MqttProtocolVersion.V500 ? PacketBytesMax : 0,
    };

    private void Check(MqttConnAckPacket answer)
    {
        if (answer.ReturnCode != MqttConnectReturnCode.ConnectionAccepted || answer.ReasonCode != MqttConnectReasonCode.Success)
        {
            var reason = answer.ReasonCode != MqttConnectReasonCode.Success ? answer.ReasonCode.ToString() : answer.ReturnCode.ToString();
            var isVersion = answer.ReasonCode == MqttConnectReasonCode.UnsupportedProtocolVersion || answer.ReturnCode == MqttConnectReturnCode.ConnectionRefusedUnacceptableProtocolVersion;
            throw new DialException($"{settings.Url} refused the connection: {reason}{(reason.Contains("uthor", StringComparison.Ordinal) || reason.Contains("UserName", StringComparison.Ordinal) ? "; check [Broker] Username, PasswordFile and CertificateFile" : "")}", isVersion);
        }
    }

    private string Explain(Exception e, CancellationToken cancel)
    {
        var inner = e;
        while (inner is MqttCommunicationException && inner.InnerException is { } next)
        {
            inner = next;
        }

        return inner switch
        {
            OperationCanceledException when cancel.IsCancellationRequested => "disconnected",
            OperationCanceledException => $"{settings.Url} did not answer within {Patience.TotalSeconds:0} s",
            System.Security.Authentication.AuthenticationException => $"{settings.Url}: TLS failed: {SystemWords.Of(inner.InnerException ?? inner)}. Check [Broker] CaFile, the clock, and that the certificate names {settings.Host}",
            CryptographicException => $"a certificate or key of [Broker] can't be read: {SystemWords.Of(inner)}",
            // It took the connection, and broke it off.
            IOException or SocketException { SocketErrorCode: SocketError.NotConnected or SocketError.ConnectionReset } => $"{settings.Url}: {SystemWords.Of(inner)}{Hint}",
            SocketException => $"{settings.Url}: {SystemWords.Of(inner)}; is [Broker] Url right, and does a broker run there?",
            _ => $"{settings.Url}: {SystemWords.Of(inner)}",
        };
    }
}
