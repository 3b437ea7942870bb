using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class ThreeValuedTests
{
    private const string T = "t == true";
    private const string F = "t == false";
    private const string U = "absent == true";

    [Theory]
    [InlineData(T, T, Outcome.True, Outcome.True)]
    [InlineData(T, F, Outcome.False, Outcome.True)]
    [InlineData(T, U, Outcome.Unknown, Outcome.True)]
    [InlineData(F, T, Outcome.False, Outcome.True)]
    [InlineData(F, F, Outcome.False, Outcome.False)]
    [InlineData(F, U, Outcome.False, Outcome.Unknown)]
    [InlineData(U, T, Outcome.Unknown, Outcome.True)]
    [InlineData(U, F, Outcome.False, Outcome.Unknown)]
    [InlineData(U, U, Outcome.Unknown, Outcome.Unknown)]
    public void And_and_or_follow_Kleene(string left, string right, Outcome and, Outcome or)
    {
        var facts = Facts.Of(("t", FactValue.Of(true)));

        Assert.Equal(and, Facts.Parse($"{left} && {right}").Test(facts));
        Assert.Equal(or, Facts.Parse($"{left} || {right}").Test(facts));
    }

    [Theory]
    [InlineData(T, Outcome.False)]
    [InlineData(F, Outcome.True)]
    [InlineData(U, Outcome.Unknown)]
    public void Not_turns_what_is_known_and_leaves_unknown(string operand, Outcome expected)
    {
        var facts = Facts.Of(("t", FactValue.Of(true)));

        Assert.Equal(expected, Facts.Parse($"!({operand})").Test(facts));
    }

    [Theory]
    [InlineData("absent == 1")]
    [InlineData("absent != 1")]
    [InlineData("!(absent == 1)")]
    [InlineData("!(absent in [1])")]
    [InlineData("bad < 1")]
    [InlineData("bad >= 1")]
    [InlineData("!(bad < 1)")]
    public void Absent_or_bad_fact_satisfies_nothing_whichever_way_it_is_turned(string text)
    {
        var verdict = Facts.Parse(text).Evaluate(Facts.Of(("bad", FactValue.Of(0).Bad("stale"))));

        Assert.False(verdict.IsSatisfied);
        Assert.Contains("unknown", verdict.Why, StringComparison.Ordinal);
    }
}
