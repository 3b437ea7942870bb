namespace EdgeAgent.Node.Ports;

/// <summary>
/// The local socket's side of the loop: a question comes as <see cref="ControlQuestion"/>, its answer goes out here. Verbs:
/// <c>status</c>, <c>slots</c>, <c>why</c> (argument <c>workload</c>), <c>version</c>.
/// </summary>
public interface IControl
{
    /// <summary><paramref name="json"/> is one JSON document (UTF-8), or null with <paramref name="error"/>.</summary>
    void Answer(long id, ReadOnlyMemory<byte>? json, string? error);
}

public sealed record ControlQuestion(long Id, string Verb, IReadOnlyDictionary<string, string> Arguments) : NodeInput;

/// <summary>
/// SIGTERM: say goodbye to the broker and stop; work goes on. Then <see cref="ILifecycle.Exit"/>. <paramref name="IsRestart"/>: the whole machine is on its way
/// down to come up again, and the goodbye says so.
/// </summary>
public sealed record ShutdownRequested(string Reason, bool IsRestart = false) : NodeInput;

/// <summary>Ends the process.</summary>
public interface ILifecycle
{
    void Exit(ExitReason reason, string message);
}

public enum ExitReason
{
    /// <summary>Asked for.</summary>
    Shutdown,

    /// <summary>Another node lives under this name, and was there first.</summary>
    DuplicateIdentity,

    /// <summary>An operator has taken this node out of the cell.</summary>
    Retired,

    /// <summary>The broker lacks what the protocol requires.</summary>
    UnfitBroker,
}
