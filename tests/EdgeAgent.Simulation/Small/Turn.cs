using EdgeAgent.Core.Placement;

namespace EdgeAgent.Simulation.Small;

/// <summary>What a turn of a node came to.</summary>
internal sealed class Turn
{
    private readonly List<string> _log = [];

    public List<Upward> Sent { get; } = [];

    /// <summary>What it runs from now on, or says that it holds.</summary>
    public List<(SlotId Slot, Epoch Epoch)> Held { get; } = [];

    /// <summary>The invariant that was broken; null: none.</summary>
    public string? Broken { get; private set; }

    public IEnumerable<string> Lines => [.. _log, .. Sent.Select(s => s.ToString()!)];

    public void Log(string line) => _log.Add(line);

    public void Break(string invariant) => Broken ??= invariant;
}
