using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>Where the agent has no systemd.</summary>
public sealed class NoUnitActions(IInputSink sink) : IUnitActions
{
    /// <summary>To whoever asks for a unit here: for a person.</summary>
    public const string Reason = "the agent runs its work as plain processes here and has no systemd: units are had of nodes whose runtime is systemd (edgectl get nodes -o wide)";

    public void Submit(UnitAction action) => sink.Post(new UnitActed(action.Id, Reason));
}
