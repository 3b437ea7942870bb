namespace EdgeAgent.Core;

/// <summary>What must hold in release builds too: a broken invariant is a bug, and stopping is safer than going on.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="condition"/> is false; <paramref name="positiveStatement"/> says what should have held.</summary>
    public static void That(bool condition, string positiveStatement)
    {
        if (!condition)
        {
            throw new InvariantException(positiveStatement);
        }
    }
}

/// <summary>A bug in this program, never bad input.</summary>
public sealed class InvariantException(string positiveStatement)
    : Exception($"Invariant broken: {positiveStatement}. This is a bug in edgeagent; please report it with the journal of this boot.");
