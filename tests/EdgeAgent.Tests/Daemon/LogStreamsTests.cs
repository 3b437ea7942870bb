using System.Runtime.CompilerServices;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Logs;
using EdgeAgent.Node.Ports;
using EdgeAgent.Tests.Linux;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>Lines become chunks for the loop, each with the place behind its last line.</summary>
public sealed class LogStreamsTests
{
    private static readonly LogQuery Query = new(new LogSource(new SlotId(WorkloadName.Parse("hello"), 0)));

    [Fact]
    public void A_chunk_has_the_cursor_of_its_last_line_that_has_one()
    {
        using var inputs = new Inputs();
        using var streams = new LogStreams(new Lines(new(null, "a", "1"), new(null, "b", "2"), new(null, "[told]")), inputs);
        streams.Submit(new LogOpen(7, Query));
        var (text, cursor) = ("", "");
        LogChunk chunk;
        do
        {
            chunk = inputs.Next<LogChunk>();
            (text, cursor) = (text + Encoding.UTF8.GetString(chunk.Bytes.Span), chunk.Cursor);
        }
        while (!chunk.IsEnd);

        Assert.Equal(("- a\n- b\n- [told]\n", "2"), (text, cursor));
    }

    private sealed class Lines(params LogLine[] lines) : IUnitLog
    {
        public async IAsyncEnumerable<LogLine> Read(LogQuery query, [EnumeratorCancellation] CancellationToken cancel)
        {
            foreach (var line in lines)
            {
                await Task.Yield();
                yield return line;
            }
        }
    }
}
