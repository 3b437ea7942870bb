namespace EdgeAgent.Core.Expressions;

/// <summary>Kleene's three values. Only <see cref="True"/> satisfies a requirement.</summary>
public enum Outcome
{
    False,
    True,

    /// <summary>A fact that decides it is absent, of bad quality, or of another kind.</summary>
    Unknown,
}
