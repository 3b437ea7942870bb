namespace EdgeAgent.Core.Expressions;

internal static class Outcomes
{
    public static Outcome Of(bool value) => value ? Outcome.True : Outcome.False;

    public static Outcome Not(this Outcome outcome) => outcome switch
    {
        Outcome.True => Outcome.False,
        Outcome.False => Outcome.True,
        _ => Outcome.Unknown,
    };

    /// <summary>As seen from someone who wants the thing to be true, or to be false.</summary>
    public static Outcome Wanted(this Outcome outcome, bool wanted) => wanted ? outcome : outcome.Not();
}
