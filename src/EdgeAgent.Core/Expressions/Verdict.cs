namespace EdgeAgent.Core.Expressions;

/// <summary>The outcome of an expression and the facts that decided it, in the order in which they are written.</summary>
public sealed record Verdict
{
    internal Verdict(Outcome outcome, List<Reason> reasons)
    {
        Outcome = outcome;
        ReasonsLeftOut = Math.Max(0, reasons.Count - ExpressionLimits.ReasonsMax);
        Reasons = reasons[..(reasons.Count - ReasonsLeftOut)];
    }

    public Outcome Outcome { get; }

    /// <summary>Whether the requirement is met: unknown is not.</summary>
    public bool IsSatisfied => Outcome == Outcome.True;

    /// <summary>At most <see cref="ExpressionLimits.ReasonsMax"/>.</summary>
    public IReadOnlyList<Reason> Reasons { get; }

    public int ReasonsLeftOut { get; }

    /// <summary>The first fact that made it unknown; null when the outcome is known.</summary>
    public Reason? UnknownBecause
    {
        get
        {
            foreach (var reason in Reasons)
            {
                if (Outcome == Outcome.Unknown && reason.Outcome == Outcome.Unknown)
                {
                    return reason;
                }
            }

            return null;
        }
    }

    /// <summary>The reasons with their figures, for a person.</summary>
    public string Why => string.Join("; ", Reasons) + (ReasonsLeftOut > 0 ? $"; and {ReasonsLeftOut} more" : "");

    public override string ToString() => $"{Outcome}: {Why}";
}
