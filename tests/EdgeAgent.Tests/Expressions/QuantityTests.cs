using CsCheck;
using EdgeAgent.Core.Units;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0", "0")]
    [InlineData("250m", "0.25", "250m")]
    [InlineData("64Mi", "67108864", "64Mi")]
    [InlineData("1.5G", "1500000000", "1500M")]
    [InlineData("1.5Gi", "1610612736", "1536Mi")]
    [InlineData("1e3", "1000", "1k")]
    [InlineData("1E3", "1000", "1k")]
    [InlineData("1E", "1000000000000000000", "1E")]
    [InlineData("12e-3", "0.012", "12m")]
    [InlineData("+.5", "0.5", "500m")]
    [InlineData("5.", "5", "5")]
    [InlineData("-1Ki", "-1024", "-1Ki")]
    [InlineData("1n", "0.000000001", "1n")]
    [InlineData("9223372036854775806.999999999", "9223372036854775806.999999999", "9223372036854775806999999999n")]
    [InlineData("0.00000000000000000000000000000000000", "0", "0")]
    [InlineData("7Ei", "8070450532247928832", "7Ei")]
    public void Quantity_reads_as_Kubernetes_does(string text, string value, string canonical)
    {
        Assert.True(Quantity.TryParse(text, out var parsed, out var error), error);
        Assert.Equal(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), parsed);
        Assert.Equal(canonical, Quantity.Format(parsed));
    }

    [Theory]
    [InlineData("", "is empty: expected a quantity such as 250m or 64Mi")]
    [InlineData("Mi", "does not start with a number: expected a quantity such as 250m or 64Mi")]
    [InlineData("1 Mi", "ends in ' Mi': expected one of n u m k M G T P E Ki Mi Gi Ti Pi Ei")]
    [InlineData("1K", "ends in 'K': write k for 1000 or Ki for 1024")]
    [InlineData("1B", "ends in 'B': bytes are written without a unit")]
    [InlineData("1MiB", "ends in 'MiB': write Mi, without the B")]
    [InlineData("1.2.3", "ends in '.3': expected one of n u m k M G T P E Ki Mi Gi Ti Pi Ei")]
    [InlineData("8Ei", "is too large: the greatest is 9223372036854775807")]
    [InlineData("9e18Ei", "is too large: the greatest is 9223372036854775807")]
    [InlineData("0.5n", "is finer than 1n")]
    [InlineData("1e-18n", "is finer than 1n")]
    [InlineData("1e99", "has an exponent beyond 18: expected a quantity such as 250m or 64Mi")]
    public void Quantity_error_says_what_to_write(string text, string expected)
    {
        Assert.False(Quantity.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Whole_and_milli_refuse_what_they_cannot_hold()
    {
        Assert.True(Quantity.TryParseWhole("64Mi", out var bytes, out _));
        Assert.Equal(64L << 20, bytes);
        Assert.False(Quantity.TryParseWhole("128m", out _, out var error));
        Assert.Equal("is not a whole number", error);
        Assert.True(Quantity.TryParseMilli("1.5", out var milli, out _));
        Assert.Equal(1500, milli);
        Assert.False(Quantity.TryParseMilli("1u", out _, out error));
        Assert.Equal("is finer than 1m", error);
        Assert.False(Quantity.TryParseMilli("7Ei", out _, out error));
        Assert.Equal("is too large: the greatest is 9223372036854775", error);
    }

    [Fact]
    public void Quantity_reads_back_what_it_prints() =>
        Gen.Select(Gen.Long[-long.MaxValue, long.MaxValue], Gen.Int[0, 9]).Sample((mantissa, scale) =>
        {
            var value = new decimal((int)Math.Abs(mantissa), (int)(Math.Abs(mantissa) >> 32), 0, mantissa < 0, (byte)scale);
            return Quantity.TryParse(Quantity.Format(value), out var back, out _) && back == value;
        });

    [Fact]
    public void Random_text_never_throws_as_a_quantity_or_a_duration() =>
        Gen.OneOf(Gen.String, Gen.String["0123456789.+-eEnumkMGTPiKshd"]).Sample(text =>
            (!Quantity.TryParse(text, out var quantity, out _) || (Quantity.TryParse(Quantity.Format(quantity), out var q, out _) && q == quantity))
            && (!DurationText.TryParse(text, out var duration, out _) || (DurationText.TryParse(DurationText.Format(duration), out var d, out _) && d == duration)));
}
