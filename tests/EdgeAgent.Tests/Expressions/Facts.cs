using EdgeAgent.Core.Expressions;
using EdgeAgent.Core.Units;
using Xunit;

namespace EdgeAgent.Tests.Expressions;

internal static class Facts
{
    public static FactSet Of(params (string Name, FactValue Value)[] facts)
    {
        var set = new FactSet();
        foreach (var (name, value) in facts)
        {
            set.Set(FactName.Parse(name), value);
        }

        return set;
    }

    public static FactValue Number(double value, string unit)
    {
        Assert.True(Unit.TryParse(unit, out var parsed));
        return FactValue.Of(value, parsed);
    }

    public static Expression Parse(string text)
    {
        var result = Expression.Parse(text);
        Assert.True(result.TryGet(out var expression, out var error), $"{text}: {error}");
        return expression!;
    }
}
