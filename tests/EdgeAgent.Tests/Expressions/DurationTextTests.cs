using CsCheck;
using EdgeAgent.Core.Units;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("0", 0, "0s")]
    [InlineData("10s", 10_000, "10s")]
    [InlineData("1h30m", 5_400_000, "1h30m")]
    [InlineData("250ms", 250, "250ms")]
    [InlineData("1.5s", 1_500, "1s500ms")]
    [InlineData("90m", 5_400_000, "1h30m")]
    [InlineData("-1m30s", -90_000, "-1m30s")]
    [InlineData("1000us", 1, "1ms")]
    [InlineData("1000µs", 1, "1ms")]
    [InlineData("1000000ns", 1, "1ms")]
    public void Duration_reads_as_Go_does(string text, long milliseconds, string canonical)
    {
        Assert.True(DurationText.TryParse(text, out var value, out var error), error);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
        Assert.Equal(canonical, DurationText.Format(value));
    }

    [Theory]
    [InlineData("", "is empty: expected a duration such as 10s or 1h30m")]
    [InlineData("10", "has no unit: write one of ns us ms s m h, for example 10s")]
    [InlineData("1d", "ends in 'd': days and weeks are written in hours, for example 24h")]
    [InlineData("5min", "has the unit 'min': expected one of ns us ms s m h")]
    [InlineData("s", "is not a duration such as 10s or 1h30m")]
    [InlineData("1h-30m", "has the unit 'h-': expected one of ns us ms s m h")]
    [InlineData("--1h", "is not a duration such as 10s or 1h30m")]
    [InlineData("1e3s", "has the unit 'e': expected one of ns us ms s m h")]
    [InlineData("50ns", "is finer than 100ns")]
    [InlineData("2562047788h", "is too long: the greatest is about 29000 years")]
    [InlineData("9999999999999999999999999999h9999999999999999999999999999h", "is too long: the greatest is about 29000 years")]
    [InlineData("999999999999999999h", "is too long: the greatest is about 29000 years")]
    public void Duration_error_says_what_to_write(string text, string expected)
    {
        Assert.False(DurationText.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Duration_reads_back_what_it_prints() =>
        Gen.Long[-long.MaxValue, long.MaxValue].Sample(ticks =>
            DurationText.TryParse(DurationText.Format(TimeSpan.FromTicks(ticks)), out var back, out _) && back.Ticks == ticks);
}
