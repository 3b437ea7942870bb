using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Runtimes;
using EdgeAgent.Node.Ports;
using Xunit;

namespace EdgeAgent.Tests.Linux.Runtimes;

/// <summary>Files as edge-shim writes them, read from any place in them, while they turn.</summary>
public sealed class RingLogTests : IDisposable
{
    private static readonly SlotId Slot = new(WorkloadName.Parse("hello"), 0);
    private static readonly Incarnation First = new(1);
    private static readonly Incarnation Second = new(2);

    private readonly TemporaryFolder _folder = new();
    private long _now = 1_000_000;

    public RingLogTests() => Directory.CreateDirectory(_folder.File("hello.0"));

    private string Log => _folder.File("hello.0/log");

    private string Old => _folder.File("hello.0/log.old");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_two_workloads_of_one_name_each_has_its_own_lines_and_both_are_there_when_asked_for()
    {
        Write(Log, First, "a", "b");
        Write(Log, Second, "c");
        Write(Log, Second, "d");
        Assert.Equal(["c", "d"], await Texts(new(new(Slot)) { Incarnation = Second }));
        Assert.Equal(["a", "b"], await Texts(new(new(Slot)) { Incarnation = First }));
        Assert.Equal(["a", "b", "c", "d"], await Texts(new(new(Slot))));
        Assert.Equal(["d"], await Texts(new(new(Slot)) { Incarnation = Second, Lines = 1 }));
    }

    [Fact]
    public async Task Lines_of_a_supervisor_that_named_nobody_are_of_everybody()
    {
        File.WriteAllText(Log, "5 o old\n");
        Assert.Equal(["old"], await Texts(new(new(Slot)) { Incarnation = Second }));
    }

    [Fact]
    public async Task From_each_lines_cursor_all_that_came_after_it_is_read_and_nothing_else()
    {
        Write(Old, First, "a", "b");
        Write(Log, First, "c", "d");
        var lines = await Lines(new(new(Slot)));
        Assert.Equal(["a", "b", "c", "d"], lines.Select(l => l.Text));
        for (var i = 0; i < lines.Count; i++)
        {
            Assert.Equal(lines.Skip(i + 1).Select(l => l.Text), await Texts(new(new(Slot)) { After = lines[i].Cursor, Lines = 0, Since = DateTimeOffset.MaxValue }));
        }
    }

    [Fact]
    public async Task A_cursor_is_good_after_its_file_was_put_aside_and_though_all_times_are_the_same()
    {
        Write(Log, First, "a");
        _now--;
        Append(Log, "b", "c");
        var cursor = (await Lines(new(new(Slot))))[1].Cursor;
        Turn();
        Write(Log, First, "d");
        Assert.Equal(["c", "d"], await Texts(new(new(Slot)) { After = cursor }));
    }

    [Fact]
    public async Task Where_the_place_is_gone_that_is_told_and_what_is_left_is_read()
    {
        Write(Log, First, "a");
        var cursor = (await Lines(new(new(Slot))))[0].Cursor;
        Turn();
        Write(Log, First, "b");
        Turn();
        Write(Log, First, "c");
        var texts = await Texts(new(new(Slot)) { After = cursor });
        Assert.StartsWith("[lines may be missing here", texts[0], StringComparison.Ordinal);
        Assert.Equal(["b", "c"], texts.Skip(1));
    }

    [Theory]
    [InlineData("s=1;i=2")]
    [InlineData("")]
    [InlineData("0:0")]
    [InlineData("-1:5")]
    public async Task A_cursor_of_another_kind_of_log_is_a_place_that_is_gone(string cursor)
    {
        Write(Log, First, "a");
        Assert.Equal(2, (await Texts(new(new(Slot)) { After = cursor })).Count);
    }

    [Fact]
    public async Task A_reader_that_the_ring_overtakes_is_told()
    {
        Write(Log, First, "a");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(20));
        List<string> read = [];
        await foreach (var line in new RingLog(_folder.Path).Read(new(new(Slot)) { Follow = true }, stop.Token))
        {
            read.Add(line.Text);
            if (read.Count == 1)
            {
                // Between two looks of the reader: b is in a file that is gone before it was seen.
                Turn();
                Write(Log, First, "b");
                Turn();
                Write(Log, First, "c");
                Turn();
                Write(Log, First, "d");
            }

            if (line.Text == "d")
            {
                break;
            }
        }

        Assert.Equal(4, read.Count);
        Assert.StartsWith("[lines may be missing here", read[1], StringComparison.Ordinal);
        Assert.Equal(["c", "d"], read.Skip(2));
    }

    private void Write(string file, Incarnation incarnation, params string[] texts)
    {
        File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{_now++} i {incarnation}\n"));
        Append(file, texts);
    }

    private void Append(string file, params string[] texts) => File.AppendAllText(file, string.Concat(texts.Select(t => string.Create(CultureInfo.InvariantCulture, $"{_now} o {t}\n"))));

    private void Turn() => File.Move(Log, Old, overwrite: true);

    private async Task<List<string>> Texts(LogQuery query) => [.. (await Lines(query)).Select(l => l.Text)];

    private async Task<List<LogLine>> Lines(LogQuery query)
    {
        var lines = new List<LogLine>();
        await foreach (var line in new RingLog(_folder.Path).Read(query, TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }
}
