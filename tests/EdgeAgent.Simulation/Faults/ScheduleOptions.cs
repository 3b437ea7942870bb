namespace EdgeAgent.Simulation.Faults;

/// <summary>What every run of a series has in common.</summary>
public sealed record ScheduleOptions
{
    /// <summary>What counts as a run (issue 5, "Must show").</summary>
    public const int MinutesLeast = 10;

    /// <summary>As <see cref="MinutesLeast"/>.</summary>
    public const int DeliveriesLeast = 2000;

    /// <summary>Left out: three to six, by the seed.</summary>
    public int? Nodes { get; init; }

    public int Minutes { get; init; } = MinutesLeast;

    /// <summary>Kinds of faults that no run has.</summary>
    public IReadOnlyList<FaultKind> Without { get; init; } = [];
}
