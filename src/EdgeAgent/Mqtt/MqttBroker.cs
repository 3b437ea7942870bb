using EdgeAgent.Node.Ports;
using MQTTnet.Formatter;

namespace EdgeAgent.Daemon.Mqtt;

/// <summary>
/// The broker's port on MQTTnet: one connection at a time. Packets leave in the order of the requests and without waiting for answers; what
/// comes is put to the loop before it is acknowledged, so a slow loop slows the broker and nothing is dropped or piled up.
/// </summary>
public sealed class MqttBroker(MqttSettings settings, IInputSink sink) : IBroker, IDisposable
{
    private readonly MqttDialer _dialer = new(settings);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _gate = new();
    private MqttConnection? _connection;
    private long _attempt;

    public void Submit(BrokerRequest request)
    {
        switch (request)
        {
            case BrokerConnect e:
                Begin(e);
                break;
            case BrokerDisconnect e:
                Current(e.Attempt)?.Close();
                break;
            case BrokerSubscribe e:
                Current(e.Attempt)?.Subscribe(e);
                break;
            case BrokerUnsubscribe e:
                Current(e.Attempt)?.Unsubscribe(e);
                break;
            case BrokerPublish e:
                Current(e.Attempt)?.Publish(e);
                break;
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        lock (_gate)
        {
            _connection?.Abort("the agent ends");
            _connection = null;
        }

        _ended.Dispose();
    }

    private MqttConnection? Current(long attempt)
    {
        lock (_gate)
        {
            return _attempt == attempt ? _connection : null;
        }
    }

    private void Begin(BrokerConnect request)
    {
        lock (_gate)
        {
            _connection?.Abort("a new connection takes its place");
            _connection = null;
            _attempt = request.Attempt;
        }

        // Not awaited: the answer is an input, and every failure is one too.
        _ = Connect(request);
    }

    private async Task Connect(BrokerConnect request)
    {
        try
        {
            var dialed = await _dialer.Dial(request, _ended.Token).ConfigureAwait(false);
            using var connection = new MqttConnection(dialed, request.Attempt, settings.KeepAlive, sink);
            lock (_gate)
            {
                if (_attempt != request.Attempt || _ended.IsCancellationRequested)
                {
                    connection.Abort("a new connection took its place");
                    return;
                }

                _connection = connection;
            }

            sink.Post(new BrokerConnected(request.Attempt, $"MQTT {(dialed.Version == MqttProtocolVersion.V500 ? "5" : "3.1.1")}, {settings.Url}"));
            await connection.Receive().ConfigureAwait(false);
        }
        catch (DialException e)
        {
            sink.Post(new BrokerLost(request.Attempt, e.Message));
        }
    }
}
