namespace EdgeAgent.Core.Workloads;

/// <summary>A command that runs beside the work, as confined as it, and says by its exit code what only the work can know. 0 is well.</summary>
public abstract record CheckRule(IReadOnlyList<string> Command)
{
    /// <summary>From the begin of one check to the begin of the next.</summary>
    public abstract TimeSpan Interval { get; init; }

    /// <summary>After this it is killed with all of its processes, and has failed.</summary>
    public TimeSpan Timeout { get; init; } = WorkloadSpec.Defaults.CheckTimeout;
}

/// <summary>Work that fails it <see cref="Failures"/> times in a row is ended, and its restart policy says what follows.</summary>
public sealed record HealthRule(IReadOnlyList<string> Command) : CheckRule(Command)
{
    public override TimeSpan Interval { get; init; } = WorkloadSpec.Defaults.HealthInterval;

    public int Failures { get; init; } = WorkloadSpec.Defaults.HealthFailures;
}

/// <summary>After each start of the process the work is not <c>running</c> before this has passed once.</summary>
public sealed record ReadyRule(IReadOnlyList<string> Command) : CheckRule(Command)
{
    public override TimeSpan Interval { get; init; } = WorkloadSpec.Defaults.ReadyInterval;
}
