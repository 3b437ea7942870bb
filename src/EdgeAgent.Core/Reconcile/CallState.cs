namespace EdgeAgent.Core.Reconcile;

/// <summary>How far nodes outside of a vacant slot's cohort have been called to it.</summary>
internal sealed class CallState
{
    /// <summary>The last ring that was called; the first is the cohort itself.</summary>
    public int Ring { get; set; } = 1;

    public TimeSpan DueAt { get; set; }

    /// <summary>Between two calls of the last ring.</summary>
    public TimeSpan Interval { get; set; }
}
