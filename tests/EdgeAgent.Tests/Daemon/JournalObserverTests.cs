using System.Text.Json;
using EdgeAgent.Daemon.Logging;
using EdgeAgent.Node.Ports;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace EdgeAgent.Tests.Daemon;

/// <summary>One event is one line, whatever strangers put into it.</summary>
public sealed class JournalObserverTests : IDisposable
{
    private readonly StringWriter _written = new() { NewLine = "\n" };

    public void Dispose() => _written.Dispose();

    [Fact]
    public void Under_the_journal_a_line_begins_with_its_priority()
    {
        Observer(isJournal: true).Tell(Severity.Warning, "Refused", "web/0", "bad", "it said no");

        Assert.Equal("<4>Refused: it said no subject=web/0 reason=bad\n", _written.ToString());
    }

    [Fact]
    public void Elsewhere_it_begins_with_time_and_severity()
    {
        Observer().Tell(Severity.Info, "Started", "n1", "", "hello");

        Assert.Equal("2026-01-02T03:04:05.000Z info Started: hello subject=n1\n", _written.ToString());
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("a\u2028b")]
    [InlineData("a\u202eb")]
    public void What_would_mislead_a_reader_is_escaped(string said)
    {
        Observer().Tell(Severity.Info, "K", "s", "", said);

        Assert.Contains($"a\\u{(int)said[1]:x4}", _written.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(said[1], _written.ToString()[..^1]);
    }

    [Fact]
    public void A_subject_can_not_pass_for_another_field()
    {
        Observer().Tell(Severity.Info, "K", "x\" reason=fine", "", "m");

        Assert.EndsWith("subject=\"x\\\" reason=fine\"\n", _written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_line_that_parses_even_with_half_a_character()
    {
        Observer(isJson: true).Tell(Severity.Error, "K", "s", "r", "a\n\ud800b");

        var line = Assert.Single(_written.ToString().TrimEnd('\n').Split('\n'));
        using var json = JsonDocument.Parse(line);
        Assert.Equal(3, json.RootElement.GetProperty("priority").GetInt32());
        Assert.Equal("a\n\ufffdb", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void What_is_less_important_is_not_written()
    {
        Observer().Tell(Severity.Debug, "K", "s", "", "m");

        Assert.Equal("", _written.ToString());
    }

    [Theory]
    [InlineData("8:123", "socket:[123]", true)]
    [InlineData("8:123", "socket:[124]", false)]
    [InlineData("8:123", "/dev/pts/1", false)]
    [InlineData(null, "socket:[123]", false)]
    [InlineData("", null, false)]
    public void The_journal_is_known_by_its_inode(string? variable, string? standardError, bool expected) =>
        Assert.Equal(expected, JournalObserver.IsStreamOf(variable, standardError));

    private JournalObserver Observer(bool isJournal = false, bool isJson = false) =>
        new(_written, Severity.Info, isJson, isJournal, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
}
