namespace EdgeAgent.Node.Ports;

/// <summary>
/// Acts on units of the machine that an operator names: what <c>systemctl start</c> does, by hand, from afar. Placed work is none of its business. Each request
/// is answered by one <see cref="UnitActed"/>; the loop has at most <see cref="NodeLimits.UnitActionsMax"/> unanswered.
/// </summary>
public interface IUnitActions
{
    void Submit(UnitAction action);
}

public enum UnitVerb
{
    Start,
    Stop,
    Restart,
    Reload,
}

/// <summary><paramref name="Unit"/> is as the operator wrote it: it may be no unit's name.</summary>
public sealed record UnitAction(long Id, UnitVerb Verb, string Unit);

/// <summary>When systemd is through with it; <paramref name="Error"/> says for a person why it isn't so, or is null.</summary>
public sealed record UnitActed(long Id, string? Error) : NodeInput;
