using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Node.Link;

/// <summary>
/// Two that live under one name kick each other off the broker for ever (traces.md, 32). The one whose process connected later gives
/// way: it found the other's word at its own first connection, and finds a newer word of the same instance later on.
/// </summary>
internal sealed class DuplicateWatch(ulong ownInstance)
{
    private bool _isFirst = true;
    private (ulong Instance, long Session)? _predecessor;

    /// <summary>Whether this process' first connection found the word of another instance, which may be alive.</summary>
    public bool HasPredecessor => _predecessor is not null;

    /// <summary>The own retained presence, as a connection found it; null where there was none.</summary>
    public bool IsDuplicate(Presence? found)
    {
        if (_isFirst)
        {
            _isFirst = false;
            _predecessor = found is { } word && word.Instance != ownInstance ? (word.Instance, word.Session) : null;
            return false;
        }

        return found is not null && Speaks(found);
    }

    /// <summary>A word that stands, or came live, under the own name.</summary>
    public bool Speaks(Presence word) =>
        _predecessor is { } other && word.Instance == other.Instance && word.Session > other.Session;
}
