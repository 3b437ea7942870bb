using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class ParsingTests
{
    [Theory]
    [InlineData("a==1||b==2&&c==3", "a == 1 || b == 2 && c == 3")]
    [InlineData("a == 1 || (b == 2 && c == 3)", "a == 1 || b == 2 && c == 3")]
    [InlineData("(a == 1 || b == 2) && c == 3", "(a == 1 || b == 2) && c == 3")]
    [InlineData("((a == 1) && (b == 2 && c == 3))", "a == 1 && b == 2 && c == 3")]
    [InlineData("!(a == 1) && b == 2", "!(a == 1) && b == 2")]
    [InlineData("!(a == 1 && b == 2)", "!(a == 1 && b == 2)")]
    [InlineData("!!(a == 1)", "!!(a == 1)")]
    [InlineData("!(!(a == 1))", "!!(a == 1)")]
    [InlineData("a in[ x ,\"y z\",'w' ]", "a in [x, \"y z\", w]")]
    [InlineData("temp<-5", "temp < -5")]
    [InlineData("fan-1.speed >= 1.50e3", "fan-1.speed >= 1500")]
    [InlineData("a == \"true\" || a == 'say \"x\" \\\\'", "a == \"true\" || a == \"say \\\"x\\\" \\\\\"")]
    [InlineData("path == /dev/ttyS0", "path == /dev/ttyS0")]
    [InlineData("a > 1h30m", "a > 1h30m")]
    [InlineData("a > 90m60s", "a > 1h31m")]
    [InlineData("a > 1m60s", "a > 2min")]
    [InlineData("a == 1E", "a == 1E")]
    [InlineData("a == -0", "a == 0")]
    public void Canonical_form_has_the_parentheses_it_needs_and_no_others(string text, string canonical)
    {
        var expression = Facts.Parse(text);

        Assert.Equal(canonical, expression.ToString());
        Assert.Equal(expression, Facts.Parse(canonical));
    }

    [Fact]
    public void And_binds_tighter_than_or()
    {
        var expression = Facts.Parse("a == 1 || b == 1 && c == 1");

        Assert.Equal(Outcome.True, expression.Test(Facts.Of(("a", FactValue.Of(1)), ("b", FactValue.Of(0)), ("c", FactValue.Of(0)))));
    }

    [Fact]
    public void Facts_are_listed_once_in_order_of_their_names()
    {
        var facts = Facts.Parse("b == 1 && !(a in [x]) || b == 2").Facts();

        Assert.Equal(["a", "b"], facts.Select(f => f.Value));
    }

    [Fact]
    public void Expressions_that_differ_are_not_equal()
    {
        string[] texts = ["a == 1", "a == 1m", "a == true", "a == x", "a != 1", "b == 1", "!(a == 1)", "a in [1]", "a in [1, 2]", "a == 1 && b == 1", "a == 1 || b == 1"];

        Assert.Equal(texts.Length, texts.Select(Facts.Parse).Distinct().Count());
    }

    [Fact]
    public void Limits_are_reached_before_they_are_exceeded()
    {
        var deep = new string('(', ExpressionLimits.DepthMax) + "a == 1" + new string(')', ExpressionLimits.DepthMax);
        var full = "a in [" + string.Join(",", Enumerable.Range(0, ExpressionLimits.ListMax)) + "]";
        var wide = string.Join("&&", Enumerable.Repeat("a<1", 170));

        Assert.NotNull(Expression.Parse(deep).Expression);
        Assert.Null(Expression.Parse("(" + deep + ")").Expression);
        Assert.NotNull(Expression.Parse(full).Expression);
        Assert.Null(Expression.Parse(full[..^1] + ",1]").Expression);
        Assert.NotNull(Expression.Parse(wide).Expression);
        Assert.NotNull(Expression.Parse("a == 1".PadRight(ExpressionLimits.LengthMax)).Expression);
        Assert.Null(Expression.Parse("a == 1".PadRight(ExpressionLimits.LengthMax + 1)).Expression);
    }
}
