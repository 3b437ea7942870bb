namespace EdgeAgent.Linux.Runtimes;

/// <summary>Where the process runtime works.</summary>
/// <param name="WorkDirectory">A folder of this node alone, with a folder for each slot in it.</param>
/// <param name="ShimPath">The program <c>edge-shim</c>.</param>
/// <param name="Owner">Fleet, node and store id: the mark of whatever it starts.</param>
public sealed record ProcessRuntimeOptions(string WorkDirectory, string ShimPath, string Owner)
{
    /// <summary>What is kept of one slot's output.</summary>
    public long LogBytes { get; init; } = 2 << 20;

    /// <summary>Slots' logs that are kept after their units are gone.</summary>
    public int OldLogsKept { get; init; } = 256;
}
