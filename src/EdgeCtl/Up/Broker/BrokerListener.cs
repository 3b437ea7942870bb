using System.Net;
using System.Net.Sockets;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;
using MQTTnet.Server;

namespace EdgeCtl.Up.Broker;

/// <summary>
/// The broker's socket. MQTTnet's own listener makes room for as many bytes as a client announces, takes any number of connections and
/// closes them with a reset, which loses the last words to a client.
/// </summary>
internal sealed class BrokerListener(IPEndPoint endPoint, RecentChanges recent, Action<string> tell) : IMqttServerAdapter
{
    private const int Backlog = 128;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop = new();
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;
    private int _open;

    public Func<IMqttChannelAdapter, Task>? ClientHandler { get; set; }

    /// <summary>With the port that the system chose where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; private set; } = endPoint;

    /// <summary>Throws <see cref="SocketException"/> where the address can't be had.</summary>
    public Task StartAsync(MqttServerOptions options, IMqttNetLogger logger)
    {
        _socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);

        // SO_REUSEADDR alone (socket(7)): .NET's own ReuseAddress sets SO_REUSEPORT with it, and two brokers would share the port.
        _socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
        _socket.Bind(EndPoint);
        _socket.Listen(Backlog);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _accepting = Task.Run(() => AcceptAsync(_socket, logger, _stop.Token));
        return Task.CompletedTask;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket?.Dispose();
        await _accepting.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listening, IMqttNetLogger logger, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var client = await listening.AcceptAsync(cancel).ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(client, logger), CancellationToken.None);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Too many open files, say: the connections there are go on, and new ones wait in the kernel.
                tell($"broker: a connection couldn't be taken: {e.Message}");
                await Task.Delay(PauseAfterFailure, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket client, IMqttNetLogger logger)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > BrokerLimits.SocketsMax || ClientHandler is not { } handler)
            {
                return;
            }

            client.NoDelay = true;
            using var stream = new GuardedStream(new NetworkStream(client, ownsSocket: true), BrokerLimits.PacketBytesMax);
            var channel = new MqttTcpChannel(stream, client.LocalEndPoint, client.RemoteEndPoint, null);
            var formatter = new MqttPacketFormatterAdapter(new MqttBufferWriter(4096, 65535));
            // In one piece: a header and its content in two writes are two segments, and two reads on the other side.
            using var adapter = new ClientChannel(new MqttChannelAdapter(channel, formatter, logger) { AllowPacketFragmentation = false }, recent);
            await handler(adapter).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client went away in the middle; MQTTnet has already told its session.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
            client.Dispose();
        }
    }
}
