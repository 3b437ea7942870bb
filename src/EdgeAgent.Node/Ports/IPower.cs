namespace EdgeAgent.Node.Ports;

/// <summary>
/// Restarts the machine. Each request is answered by one <see cref="RebootAnswer"/>; the loop has one at a time. A restart that is taken ends the agent by
/// SIGTERM (<see cref="ShutdownRequested"/>) some time after its answer.
/// </summary>
public interface IPower
{
    void Submit(RebootRequest request);
}

/// <param name="IsTrial">Only whether it would be done, so that nobody is told of a restart that is refused.</param>
/// <param name="OverInhibitors">Also where a program on the machine holds it off.</param>
public sealed record RebootRequest(bool IsTrial, bool OverInhibitors);

/// <summary><paramref name="Error"/> says for a person why it isn't done, or is null: it is begun, or, of a trial, would be.</summary>
public sealed record RebootAnswer(bool IsTrial, string? Error) : NodeInput;
