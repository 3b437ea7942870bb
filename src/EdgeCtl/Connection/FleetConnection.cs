using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Contexts;
using EdgeCtl.Verbs;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace EdgeCtl.Connection;

/// <summary>A connection of a tool to a cell's broker. Everything that fails is a <see cref="VerbException"/> that says what to do.</summary>
public sealed class FleetConnection : IAsyncDisposable
{
    /// <summary>What a broker of MQTT 3.1.1 alone answers to a CONNECT of MQTT 5: its return code 1.</summary>
    /// <summary>Of one SUBSCRIBE: well below what the packaged Mosquitto takes (packaging/mosquitto, max_packet_size).</summary>
    private const int SubscribeBytesMax = 64 * 1024;

    /// <summary>The length of a filter, and its options.</summary>
    private const int FilterOverhead = 3;

    private const MqttClientConnectResultCode UnacceptableVersion = (MqttClientConnectResultCode)1;

    private const int NameLength = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly StoredContext _context;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private TaskCompletionSource? _barrier;
    private byte[] _nonce = [];

    private FleetConnection(StoredContext context, TopicSpace topics)
    {
        (_context, Topics) = (context, topics);
        _client.ApplicationMessageReceivedAsync += Received;
    }

    public TopicSpace Topics { get; }

    /// <summary>This connection's name: where answers to its commands go.</summary>
    public NodeId Name { get; } = NodeId.Parse($"edgectl-{Guid.NewGuid():n}"[..NameLength]);

    /// <summary>Called for each message, in their order: topic, payload, and whether it was kept before the subscription.</summary>
    public Action<string, ReadOnlyMemory<byte>, bool>? Heard { get; set; }

    public static async Task<FleetConnection> ConnectAsync(StoredContext context, TopicSpace topics, CancellationToken cancel)
    {
        var connection = new FleetConnection(context, topics);
        try
        {
            await connection.ConnectAsync(cancel).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is not VerbException and not OperationCanceledException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw connection.Unreachable(e);
        }
    }

    /// <summary>Subscribes, and waits until all that was kept has come: a message to oneself behind it comes back.</summary>
    public async Task ReadAsync(IReadOnlyList<string> filters, CancellationToken cancel)
    {
        var barrier = _barrier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nonce = RandomNumberGenerator.GetBytes(sizeof(ulong));
        var own = Topics.Self(SelfPurpose.Barrier, Name);
        try
        {
            var packets = Packets([.. filters, own]);
            for (var i = 0; i < packets.Count - 1; i++)
            {
                Check(await _client.SubscribeAsync(packets[i], cancel).WaitAsync(Patience, cancel).ConfigureAwait(false));
            }

            // Sent one behind the other: the broker's order makes the round trip between them needless.
            var subscribed = _client.SubscribeAsync(packets[^1], cancel);
            var published = PublishAsync(own, _nonce, retain: false, cancel);
            Check(await subscribed.WaitAsync(Patience, cancel).ConfigureAwait(false));
            await published.ConfigureAwait(false);
            await barrier.Task.WaitAsync(Patience, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or MqttCommunicationException)
        {
            throw Unreachable(e);
        }
    }

    /// <summary>A broker takes no packet beyond its limit: a hundred workloads are some 3,500 topics.</summary>
    private static List<MqttClientSubscribeOptions> Packets(IReadOnlyList<string> filters)
    {
        List<MqttClientSubscribeOptions> packets = [new()];
        var bytes = 0;
        foreach (var filter in filters)
        {
            if (bytes + filter.Length + FilterOverhead > SubscribeBytesMax)
            {
                packets.Add(new MqttClientSubscribeOptions());
                bytes = 0;
            }

            bytes += filter.Length + FilterOverhead;
            packets[^1].TopicFilters.Add(new MQTTnet.Packets.MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce });
        }

        return packets;
    }

    private static void Check(MqttClientSubscribeResult result)
    {
        if (result.Items.FirstOrDefault(i => (int)i.ResultCode >= 0x80) is { } refused)
        {
            throw new VerbException(ExitCode.Failed, $"the broker does not let this user read {refused.TopicFilter.Topic}");
        }
    }

    /// <summary>Until the broker has acknowledged it.</summary>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel)
    {
        try
        {
            var result = await _client.PublishAsync(
                new MqttApplicationMessage { Topic = topic, Payload = new ReadOnlySequence<byte>(payload), Retain = retain, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce },
                cancel).WaitAsync(Patience, cancel).ConfigureAwait(false);
            if (!result.IsSuccess)
            {
                throw new VerbException(ExitCode.Failed, $"the broker refused a message on {topic}: {result.ReasonCode}");
            }
        }
        catch (Exception e) when (e is TimeoutException or MqttCommunicationException)
        {
            throw Unreachable(e);
        }
    }

    /// <summary>Waits until something has come since the last call; false where the time was over before.</summary>
    public Task<bool> WaitForChangeAsync(TimeSpan atMost, CancellationToken cancel) => _changed.WaitAsync(atMost, cancel);

    public bool IsConnected => _client.IsConnected;

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_client.IsConnected)
            {
                await _client.DisconnectAsync().ConfigureAwait(false);
            }
        }
        catch (MqttCommunicationException)
        {
            // It is gone already.
        }

        _client.Dispose();
        _changed.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        var isOlder = false;
        MqttClientConnectResultCode code = default;
        try
        {
            code = await ConnectAsync(MqttProtocolVersion.V500, cancel).ConfigureAwait(false);
            isOlder = code is UnacceptableVersion or MqttClientConnectResultCode.UnsupportedProtocolVersion;
        }
        catch (MqttCommunicationException e) when (e.InnerException is not System.Net.Sockets.SocketException and not System.Security.Authentication.AuthenticationException and not OperationCanceledException)
        {
            isOlder = true;
        }

        code = isOlder ? await ConnectAsync(MqttProtocolVersion.V311, cancel).ConfigureAwait(false) : code;
        if (code != MqttClientConnectResultCode.Success)
        {
            throw new VerbException(ExitCode.Unreachable, $"{_context.Broker} refused the connection: {code}; the context's user, password and certificate are what it is asked with (edgectl context show)");
        }
    }

    private async Task<MqttClientConnectResultCode> ConnectAsync(MqttProtocolVersion version, CancellationToken cancel)
    {
        if (!BrokerAddress.TryParse(_context.Broker, out var address, out var error))
        {
            throw new VerbException(ExitCode.Usage, error);
        }

        var builder = new MqttClientOptionsBuilder()
            .WithTcpServer(address.Host, address.Port)
            .WithProtocolVersion(version)
            .WithClientId(Name.Value)
            .WithCleanSession()
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(30))
            .WithTimeout(Patience);
        if (_context.UserName is { } user)
        {
            builder = builder.WithCredentials(user, _context.PasswordFile is { } file ? (await File.ReadAllTextAsync(file, cancel).ConfigureAwait(false)).TrimEnd('\r', '\n') : null);
        }

        if (address.IsTls)
        {
            builder = builder.WithTlsOptions(Tls(address.Host));
        }

        return (await _client.ConnectAsync(builder.Build(), cancel).ConfigureAwait(false)).ResultCode;
    }

    private MqttClientTlsOptions Tls(string host)
    {
        var tls = new MqttClientTlsOptions { UseTls = true, TargetHost = host, RevocationMode = X509RevocationMode.NoCheck };
        if (_context.CaFile is { } ca)
        {
            tls.TrustChain = [];
            tls.TrustChain.ImportFromPemFile(ca);
        }

        if (_context.CertificateFile is { } certificate)
        {
            tls.ClientCertificatesProvider = new DefaultMqttCertificatesProvider([X509Certificate2.CreateFromPemFile(certificate, _context.ClientKeyFile)]);
        }

        return tls;
    }

    private Task Received(MqttApplicationMessageReceivedEventArgs e)
    {
        var message = e.ApplicationMessage;
        var payload = message.Payload.ToArray();
        if (payload.Length <= ProtocolLimits.PayloadBytesMax)
        {
            if (Topics.TryParse(message.Topic, out var topic) && topic.Kind == TopicKind.SelfBarrier)
            {
                if (payload.AsSpan().SequenceEqual(_nonce))
                {
                    _barrier?.TrySetResult();
                }

                return Task.CompletedTask;
            }

            Heard?.Invoke(message.Topic, payload, message.Retain);
        }

        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Who waits is told already.
        }

        return Task.CompletedTask;
    }

    private VerbException Unreachable(Exception e)
    {
        var inner = e;
        while (inner.InnerException is { } next && inner is MqttCommunicationException or MqttClientDisconnectedException)
        {
            inner = next;
        }

        return new VerbException(ExitCode.Unreachable, $"{_context.Broker} can't be reached: {inner.Message.TrimEnd('.')}. Is it running, and is the address right? (edgectl context list)");
    }
}
