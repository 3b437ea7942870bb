namespace EdgeAgent.Node.Ports;

/// <summary>
/// Looks at the machine for an operator: <c>top</c>, <c>sockets</c>, <c>unit</c>. It may take long and changes nothing. Each request is answered by one
/// <see cref="InspectAnswer"/>; the loop has at most <see cref="NodeLimits.InspectionsMax"/> unanswered.
/// </summary>
public interface IInspector
{
    void Submit(InspectRequest request);
}

/// <summary><paramref name="Units"/> are those that the loop knows of, each once.</summary>
public sealed record InspectRequest(long Id, string Verb, IReadOnlyDictionary<string, string> Arguments, IReadOnlyList<UnitReport> Units);

/// <summary><paramref name="Json"/> is one JSON document (UTF-8), or empty with <paramref name="Error"/>.</summary>
public sealed record InspectAnswer(long Id, ReadOnlyMemory<byte> Json, string? Error) : NodeInput;
