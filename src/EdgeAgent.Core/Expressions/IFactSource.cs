using System.Diagnostics.CodeAnalysis;

namespace EdgeAgent.Core.Expressions;

/// <summary>Where an expression finds its facts. False: this node doesn't know the fact.</summary>
public interface IFactSource
{
    bool TryGet(FactName name, [NotNullWhen(true)] out FactValue? value);
}
