using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeAgent.Daemon.Mqtt;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>A connection may be ended by the loop, the broker, a writer and the heart in the same instant.</summary>
public sealed class MqttBrokerTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly byte[] Accepted = [0x20, 0x03, 0x00, 0x00, 0x00];

    [Fact]
    public async Task A_connection_that_both_sides_end_at_once_is_lost_once()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var ends = new CancellationTokenSource();
        var serving = AcceptAndClose(listener, ends.Token);
        var sink = new Sink();
        var lost = new Dictionary<long, int>();
        const int Attempts = 8000;
        using (var broker = new MqttBroker(new MqttSettings("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), sink))
        {
            for (var attempt = 1L; attempt <= Attempts; attempt++)
            {
                broker.Submit(new BrokerConnect(attempt, "node", null, default));
                while (sink.Take() is var input && (input as BrokerConnected)?.Attempt != attempt)
                {
                    Count(input);
                }

                Thread.SpinWait(Random.Shared.Next(4000));
            }
        }

        while (lost.Count < Attempts)
        {
            Count(sink.Take());
        }

        Assert.All(lost.Values, n => Assert.Equal(1, n));
        await ends.CancelAsync();
        await serving;

        void Count(NodeInput input)
        {
            if (input is BrokerLost l)
            {
                lost[l.Attempt] = lost.GetValueOrDefault(l.Attempt) + 1;
            }
        }
    }

    private static async Task AcceptAndClose(TcpListener listener, CancellationToken ends)
    {
        var connect = new byte[1024];
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(ends);
                client.NoDelay = true;
                var stream = client.GetStream();
                await stream.ReadAtLeastAsync(connect, 1, cancellationToken: ends);
                await stream.WriteAsync(Accepted, ends);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private sealed class Sink : IInputSink
    {
        private readonly BlockingCollection<NodeInput> _inputs = [];

        public void Post(NodeInput input) => _inputs.Add(input);

        public bool TryPost(NodeInput input)
        {
            _inputs.Add(input);
            return true;
        }

        public void WaitForRoom(TimeSpan patience)
        {
        }

        public NodeInput Take() => _inputs.TryTake(out var input, Bound) ? input : throw new TimeoutException("nothing came");
    }
}
