using System.Globalization;
using EdgeCtl.Logs;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Logs;

/// <summary>Proves the order in which lines of several logs go out, and how long one log holds up another.</summary>
public sealed class LogMergeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly LogMerge _merge = new(Patience);

    [Fact]
    public void Lines_go_out_in_the_order_of_their_times_and_of_one_log_in_its_own()
    {
        var (a, b) = (_merge.Open(), _merge.Open());
        Add(a, 1, 3, 5, 5, 9);
        Add(b, 2, 4, 5, 8);
        a.End();
        b.End();
        Assert.Equal(["a1", "b2", "a3", "b4", "a5", "a5", "b5", "b8", "a9"], Take(TimeSpan.Zero, (a, "a"), (b, "b")));
        Assert.False(_merge.HoldsLines);
    }

    [Fact]
    public void A_line_waits_for_the_other_logs_but_not_for_long()
    {
        var (a, b) = (_merge.Open(), _merge.Open());
        Add(a, 1, 2);
        Assert.Empty(Take(Patience - TimeSpan.FromTicks(1), (a, "a"), (b, "b")));
        Add(b, 1);
        Assert.Equal(["a1", "b1"], Take(Patience - TimeSpan.FromTicks(1), (a, "a"), (b, "b")));
        Assert.Equal(["a2"], Take(Patience, (a, "a"), (b, "b")));
    }

    [Fact]
    public void An_ended_log_is_not_waited_for()
    {
        var (a, b) = (_merge.Open(), _merge.Open());
        Add(a, 1);
        b.End();
        Assert.Equal(["a1"], Take(TimeSpan.Zero, (a, "a"), (b, "b")));
    }

    [Fact]
    public void A_line_without_a_time_stays_behind_the_one_before_it()
    {
        var (a, b) = (_merge.Open(), _merge.Open());
        Add(a, 4);
        a.Add("-", null, "a-", TimeSpan.Zero);
        Add(b, 5);
        a.End();
        b.End();
        Assert.Equal(["a4", "a-", "b5"], Take(TimeSpan.Zero, (a, "a"), (b, "b")));
    }

    private static void Add(LogMerge.Source source, params int[] seconds)
    {
        foreach (var second in seconds)
        {
            source.Add("", DateTimeOffset.UnixEpoch.AddSeconds(second), second.ToString(CultureInfo.InvariantCulture), TimeSpan.Zero);
        }
    }

    private List<string> Take(TimeSpan now, params (LogMerge.Source Source, string Name)[] names)
    {
        var taken = new List<string>();
        while (_merge.TryTake(now, out var source, out var line))
        {
            taken.Add(line.Text.StartsWith('a') ? line.Text : names.Single(n => n.Source == source).Name + line.Text);
        }

        return taken;
    }
}
