using System.Net;
using System.Net.Sockets;

namespace EdgeAgent.SystemTests.Frame;

/// <summary>How a broker that doesn't know MQTT 5 answers a CONNECT of it.</summary>
public enum OldBrokerAnswer
{
    /// <summary>It closes the connection.</summary>
    Closes,

    /// <summary>CONNACK with return code 1, as 3.1.1 says.</summary>
    Refuses,
}

/// <summary>In front of a broker: lets through what speaks MQTT 3.1.1, and does with MQTT 5 what an older broker does.</summary>
internal sealed class OldBroker : IAsyncDisposable
{
    // Fixed header of two bytes (a CONNECT here has fewer than 128), "MQTT" with its length, the level.
    private const int LevelAt = 8;
    private const byte Level311 = 4;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port;
    private readonly OldBrokerAnswer _answer;
    private readonly Task _serving;

    public OldBroker(int port, OldBrokerAnswer answer)
    {
        (_port, _answer) = (port, answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections of MQTT 5 that it has turned away.</summary>
    public int TurnedAway { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var open = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                open.Add(PassAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(open);
    }

    private async Task PassAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                var first = new byte[4096];
                var read = await stream.ReadAtLeastAsync(first, LevelAt + 1, cancellationToken: _stop.Token);
                // The remaining length may take two bytes.
                var level = (first[1] & 0x80) == 0 ? first[LevelAt] : first[LevelAt + 1];
                if (level > Level311)
                {
                    TurnedAway++;
                    if (_answer == OldBrokerAnswer.Refuses)
                    {
                        await stream.WriteAsync(new byte[] { 0x20, 2, 0, 1 }, _stop.Token);
                    }

                    return;
                }

                using var broker = new TcpClient();
                await broker.ConnectAsync(IPAddress.Loopback, _port, _stop.Token);
                var behind = broker.GetStream();
                await behind.WriteAsync(first.AsMemory(0, read), _stop.Token);
                await Task.WhenAny(stream.CopyToAsync(behind, _stop.Token), behind.CopyToAsync(stream, _stop.Token));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either end has gone.
        }
    }
}
