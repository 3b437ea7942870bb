using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeAgent.Protocol;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

namespace EdgeCtl.Connection;

/// <summary>Makes the connection: TCP or TLS, MQTT 5, and 3.1.1 where a broker doesn't know 5.</summary>
internal static class BrokerDialer
{
    /// <summary>The longest that a broker may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Throws <see cref="CtlException"/> with <see cref="ExitCode.NotReachable"/> and the reason.</summary>
    public static async Task ConnectAsync(IMqttClient client, FleetTarget target, string clientId, CancellationToken cancel)
    {
        try
        {
            if (!await TryConnectAsync(client, target, clientId, MqttProtocolVersion.V500, cancel).ConfigureAwait(false))
            {
                await TryConnectAsync(client, target, clientId, MqttProtocolVersion.V311, cancel).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not CtlException && !cancel.IsCancellationRequested)
        {
            throw new CtlException(ExitCode.NotReachable, Explain(e, target));
        }
    }

    /// <summary>False where an older version of the protocol may be understood.</summary>
    private static async Task<bool> TryConnectAsync(IMqttClient client, FleetTarget target, string clientId, MqttProtocolVersion version, CancellationToken cancel)
    {
        MqttClientConnectResult answer;
        try
        {
            answer = await client.ConnectAsync(Options(target, clientId, version), cancel).ConfigureAwait(false);
        }
        catch (MqttCommunicationException e) when (version == MqttProtocolVersion.V500 && Innermost(e) is MqttCommunicationException or MqttProtocolViolationException)
        {
            // The broker answered with something that is not MQTT 5, or hung up on it.
            return false;
        }

        if (answer.ResultCode == MqttClientConnectResultCode.UnsupportedProtocolVersion && version == MqttProtocolVersion.V500)
        {
            return false;
        }

        return answer.ResultCode == MqttClientConnectResultCode.Success
            ? true
            : throw new CtlException(ExitCode.NotReachable, $"{target.Address} refused the connection: {answer.ResultCode}{Advice(answer.ResultCode)}");
    }

    private static MqttClientOptions Options(FleetTarget target, string clientId, MqttProtocolVersion version)
    {
        var context = target.Context;
        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(tcp =>
            {
                tcp.RemoteEndpoint = IPAddress.TryParse(target.Address.Host, out var ip)
                    ? new IPEndPoint(ip, target.Address.Port)
                    : new DnsEndPoint(target.Address.Host, target.Address.Port);
                tcp.NoDelay = true;
            })
            .WithClientId(clientId)
            .WithProtocolVersion(version)
            .WithCleanSession()
            .WithTimeout(Patience);
        if (version == MqttProtocolVersion.V500)
        {
            builder = builder.WithMaximumPacketSize(ProtocolLimits.PayloadBytesMax + 4096);
        }

        if (context.UserName is { Length: > 0 } user)
        {
            builder = builder.WithCredentials(user, context.PasswordFile is { } file ? Encoding.UTF8.GetBytes(File.ReadAllText(file).TrimEnd('\r', '\n')) : null);
        }

        return (target.Address.IsTls ? builder.WithTlsOptions(Tls(target)) : builder).Build();
    }

    private static MqttClientTlsOptions Tls(FleetTarget target)
    {
        var tls = new MqttClientTlsOptions { UseTls = true, TargetHost = target.Address.Host, RevocationMode = X509RevocationMode.NoCheck };
        if (target.Context.CaFile is { } ca)
        {
            tls.TrustChain = [];
            tls.TrustChain.ImportFromPemFile(ca);
        }

        if (target.Context.CertificateFile is { } certificate)
        {
            tls.ClientCertificatesProvider = new DefaultMqttCertificatesProvider([X509Certificate2.CreateFromPemFile(certificate, target.Context.ClientKeyFile)]);
        }

        return tls;
    }

    private static Exception Innermost(Exception e)
    {
        while (e is MqttCommunicationException && e.InnerException is { } inner)
        {
            e = inner;
        }

        return e;
    }

    private static string Advice(MqttClientConnectResultCode code) => code is MqttClientConnectResultCode.NotAuthorized or MqttClientConnectResultCode.BadUserNameOrPassword
        ? ": check the context's user name, password file and certificate (edgectl context show)"
        : "";

    private static string Explain(Exception e, FleetTarget target) => Innermost(e) switch
    {
        OperationCanceledException or MqttCommunicationTimedOutException => $"{target.Address} did not answer within {Patience.TotalSeconds:0} s: is it the broker's address, and is the network up?",
        AuthenticationException tls => $"{target.Address}: TLS failed: {(tls.InnerException ?? tls).Message}: check the context's CA file, the clock, and the name in the certificate",
        CryptographicException pem => $"a certificate or key of the context can't be read: {pem.Message}",
        var other => $"{target.Address} can't be reached: {other.Message}: start a fleet here with edgectl up, or name another broker with --broker",
    };
}
