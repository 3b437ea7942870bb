namespace EdgeAgent.Node.Ports;

/// <summary>How short of memory the node is, by what the kernel says of who waits for it.</summary>
public enum PressureLevel
{
    None,

    /// <summary>Some work waits for memory: other nodes are better.</summary>
    Some,

    /// <summary>All of it does, again and again: nothing new comes here.</summary>
    Full,
}

/// <summary>Comes when the level has changed, as long as the node is short of memory, and when that is measured no more.</summary>
/// <param name="Level">As it stands: it falls later than what is measured.</param>
/// <param name="IsToEvict">It was measured to be full just now, and work is to go for it.</param>
/// <param name="Text">The figures, for a person.</param>
public sealed record MemoryPressed(PressureLevel Level, bool IsToEvict, string Text) : NodeInput;
