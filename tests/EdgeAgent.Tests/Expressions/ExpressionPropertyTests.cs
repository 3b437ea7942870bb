using CsCheck;
using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class ExpressionPropertyTests
{
    private static readonly string[] Pieces =
    [
        "(", ")", "[", "]", ",", "!", "!=", "==", "<", "<=", ">", ">=", "=", "&&", "||", "in", "in [", " ", "a", "b.c-1", "true", "false", "not",
        "80", "-5", "80Cel", "512Mi", "1h30m", "50%", "1e18", "9E", "250m", "\"", "'x y'", "\\", "°", "\0", "µ", "\uD800",
    ];

    private static readonly Gen<string> Value = Gen.OneOf(
        OneOf("true", "false", "80", "-5", "80Cel", "512Mi", "1h30m", "50%", "1e9", "250m", "0.1s", "5m", "1m60s", "apparmor", "/dev/x", "\"in\"", "'6.1'"),
        Gen.String[Gen.Char[' ', '~'], 0, 8].Select(s => '"' + s.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"'),
        Gen.Select(Gen.Double[-1e6, 1e6], OneOf("", "Cel", "s", "Mi", "m", "%")).Select((n, unit) => n.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture) + unit));

    private static readonly Gen<string> Leaf = Gen.OneOf(
        Gen.Select(OneOf("a", "b", "c.d"), OneOf("==", "!="), Value).Select((f, op, v) => $"{f} {op} {v}"),
        Gen.Select(OneOf("a", "b"), OneOf("<", "<=", ">", ">="), Gen.Int[-5, 5]).Select((f, op, v) => $"{f}{op}{v}"),
        Gen.Select(OneOf("a", "b"), Value.Array[1, 4]).Select((f, vs) => $"{f} in [{string.Join(", ", vs)}]"));

    private static readonly Gen<string> Text = Gen.Recursive<string>((depth, self) => depth >= 4 ? Leaf : Gen.OneOf(
        Leaf,
        self.Array[2, 3].Select(parts => string.Join(" && ", parts)),
        self.Array[2, 3].Select(parts => string.Join("||", parts)),
        self.Array[2, 3].Select(parts => string.Join(" && ", parts.Select(p => $"({p})"))),
        self.Select(p => $"!({p})"),
        self.Select(p => $"!!(( {p} ))")));

    private static readonly Gen<FactValue> Fact = Gen.OneOf(
        Gen.Select(Gen.OneOf(Gen.Double, Gen.Int[-5, 5].Select(i => (double)i)), OneOf("1", "Cel", "By", "TBy", "s", "d", "m", "%", "other")).Select((v, u) => Facts.Number(v, u)),
        Gen.OneOf(Gen.String, OneOf("apparmor", "6.1")).Select(s => FactValue.Of(s)),
        Gen.Bool.Select(b => FactValue.Of(b)),
        Gen.Int[0, 1].Select(i => FactValue.Of(i).Bad("stale")));

    private static readonly Gen<FactSet> Node = Gen.Select(Fact, Fact, Gen.Int[0, 3]).Select((a, b, mask) => Facts.Of(
        new[] { ("a", a), ("b", b) }.Where((_, i) => (mask & (1 << i)) != 0).ToArray()));

    [Fact]
    public void Random_text_gives_an_expression_or_an_error_inside_the_text() =>
        Gen.OneOf(Gen.String, OneOf(Pieces).Array[0, 60].Select(string.Concat)).Sample(text =>
        {
            var result = Expression.Parse(text);
            return result.TryGet(out var expression, out var error)
                ? expression.Equals(Expression.Parse(expression.ToString()).Expression)
                : error.Position >= 0 && error.Position <= text.Length && error.Message.Length > 0;
        }, iter: 20_000);

    [Fact]
    public void Canonical_form_parses_to_an_equal_expression_and_prints_the_same() =>
        Text.Where(t => t.Length <= ExpressionLimits.LengthMax).Sample(text =>
        {
            var expression = Facts.Parse(text);
            var canonical = expression.ToString();
            return canonical.Length > ExpressionLimits.LengthMax
                || (Facts.Parse(canonical) is var again && again.Equals(expression) && again.GetHashCode() == expression.GetHashCode() && again.ToString() == canonical);
        }, iter: 5_000);

    [Fact]
    public void Evaluation_never_throws_agrees_with_test_and_always_has_a_reason() =>
        Gen.Select(Text.Where(t => t.Length <= ExpressionLimits.LengthMax), Node).Sample((text, facts) =>
        {
            var expression = Facts.Parse(text);
            var verdict = expression.Evaluate(facts);
            return verdict.Outcome == expression.Test(facts)
                && verdict.Why.Length > 0
                && (verdict.Outcome != Outcome.True || verdict.Reasons.All(r => r.Outcome == Outcome.True))
                && (verdict.Outcome != Outcome.Unknown || verdict.ReasonsLeftOut > 0 || verdict.UnknownBecause is not null)
                && (verdict.Outcome != Outcome.False || verdict.Reasons.All(r => r.Outcome != Outcome.True));
        }, iter: 10_000);

    [Fact]
    public void Negation_never_satisfies_together_with_what_it_negates() =>
        Gen.Select(Text.Where(t => t.Length < 1000), Node).Sample((text, facts) =>
            !(Facts.Parse(text).Evaluate(facts).IsSatisfied && Facts.Parse($"!({text})").Evaluate(facts).IsSatisfied), iter: 5_000);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);
}
