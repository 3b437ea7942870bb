namespace EdgeAgent.Core.Expressions;

/// <summary>
/// What one fact contributed: <c>sensor.cpu_temp is 85 Cel, needs &lt; 80</c>. <paramref name="Outcome"/> is that of the need,
/// so a fact under <c>!</c> has the need turned round.
/// </summary>
public readonly record struct Reason(FactName Fact, Outcome Outcome, string Text)
{
    public override string ToString() => Text;
}
