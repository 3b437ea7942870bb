using EdgeAgent.Core.Expressions;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

public sealed class SpecificationTests
{
    [Fact]
    public void Examples_in_the_specification_parse_and_are_canonical()
    {
        var examples = Specification.Lines.SkipWhile(l => l != "```expression").Skip(1).TakeWhile(l => l != "```").ToList();

        Assert.NotEmpty(examples);
        Assert.All(examples, e => Assert.Equal(e, Facts.Parse(e).ToString()));
    }

    [Fact]
    public void Errors_in_the_specification_are_those_of_the_parser()
    {
        var rows = Specification.Lines
            .Where(l => l.Contains("| column ", StringComparison.Ordinal))
            .Select(l => l.Replace("\\|", "\u0001", StringComparison.Ordinal).Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (Text: cells[1].Trim('`'), Error: cells[2].Replace('\u0001', '|')))
            .ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.Equal(row.Error, Expression.Parse(row.Text).Error.ToString()));
    }
}
