using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Units;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class UnitConversionTests
{
    [Theory]
    [InlineData(0.1, "s", "a == 100ms")]
    [InlineData(0.3, "s", "a == 300ms")]
    [InlineData(90, "min", "a == 1h30m")]
    [InlineData(300, "s", "a == 5m")]
    [InlineData(2, "d", "a == 48h")]
    [InlineData(5, "m", "a == 5m")]
    [InlineData(5, "m", "a == 500cm")]
    [InlineData(0.25, "1", "a == 250m")]
    [InlineData(2000, "1", "a == 2k")]
    [InlineData(0.5, "1", "a == 50%")]
    [InlineData(50, "%", "a == 50%")]
    [InlineData(50, "%", "a == 50")]
    [InlineData(50, "%", "a == 500m")]
    [InlineData(67108864, "By", "a == 64Mi")]
    [InlineData(64, "MiBy", "a == 64Mi")]
    [InlineData(64, "MiBy", "a == 64")]
    [InlineData(2, "GBy", "a == 2G")]
    [InlineData(2, "GBy", "a < 2Gi")]
    [InlineData(1e6, "By", "a == 1MBy")]
    [InlineData(8, "Mbit/s", "a == 1MBy/s")]
    [InlineData(3.3, "V", "a == 3300mV")]
    [InlineData(1013.25, "hPa", "a > 1bar")]
    [InlineData(9007199254740991, "By", "a == 9007199254740991")]
    [InlineData(1e300, "By", "a > 1Ei")]
    [InlineData(-1e300, "By", "a < 9E")]
    [InlineData(1e-300, "s", "a > -1ns")]
    [InlineData(1e26, "TBy", "a > 9Ei")]
    [InlineData(1, "s", "a < 9e18d")]
    [InlineData(1, "By", "a < 9e17Ei")]
    public void Number_compares_in_the_dimension_of_its_fact(double value, string unit, string text) =>
        Assert.Equal(Outcome.True, Facts.Parse(text).Test(Facts.Of(("a", Facts.Number(value, unit)))));

    [Fact]
    public void Units_in_the_specification_are_those_of_the_table()
    {
        var rows = Specification.Lines.Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Select(l => l.Split('|', StringSplitOptions.TrimEntries));
        var documented = rows
            .Where(cells => Enum.TryParse<Dimension>(cells[1], out _))
            .SelectMany(cells => cells[2].Split(' ').Select(symbol => $"{cells[1]} {symbol.Trim('`')}"));
        var known = UnitTable.Symbols.Select(s => UnitTable.TryGet(s, out var dimension, out _) ? $"{dimension} {s}" : "");

        Assert.Equal(known.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_unit_can_be_written_behind_a_number_and_equals_itself()
    {
        foreach (var symbol in UnitTable.Symbols)
        {
            Assert.Equal(Outcome.True, Facts.Parse($"a == 7{symbol}").Test(Facts.Of(("a", Facts.Number(7, symbol)))));
        }
    }

    [Fact]
    public void Unit_from_outside_is_short_and_printable()
    {
        Assert.False(Unit.TryParse("", out _));
        Assert.False(Unit.TryParse(null, out _));
        Assert.False(Unit.TryParse("a b", out _));
        Assert.False(Unit.TryParse("°C", out _));
        Assert.False(Unit.TryParse(new string('x', Unit.SymbolLengthMax + 1), out _));
        Assert.True(Unit.TryParse(new string('x', Unit.SymbolLengthMax), out var other));
        Assert.Equal(Dimension.Other, other.Dimension);
        Assert.True(Unit.TryParse("1", out var one));
        Assert.Equal(Unit.None, one);
    }
}
