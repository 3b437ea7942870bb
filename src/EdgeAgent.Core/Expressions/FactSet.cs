using System.Diagnostics.CodeAnalysis;

namespace EdgeAgent.Core.Expressions;

/// <summary>The facts of one node by name. Owned and changed by the loop alone.</summary>
public sealed class FactSet : IFactSource
{
    private readonly Dictionary<FactName, FactValue> _facts = [];

    public IReadOnlyDictionary<FactName, FactValue> Facts => _facts;

    public bool TryGet(FactName name, [NotNullWhen(true)] out FactValue? value) => _facts.TryGetValue(name, out value);

    public void Set(FactName name, FactValue value) => _facts[name] = value;

    public void Remove(FactName name) => _facts.Remove(name);
}
