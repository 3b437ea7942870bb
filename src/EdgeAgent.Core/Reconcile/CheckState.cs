namespace EdgeAgent.Core.Reconcile;

/// <summary>What the checks of a slot's work have said of the process that it has now.</summary>
internal sealed class CheckState
{
    /// <summary>It can serve: its ready check has passed since its process began, or it has none.</summary>
    public bool IsReady { get; set; }

    /// <summary>The check that has no answer yet; 0: there is none.</summary>
    public long UnderWay { get; set; }

    /// <summary>No check begins before.</summary>
    public TimeSpan DueAt { get; set; }

    /// <summary>Health checks that failed, in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Why it isn't ready, by its last ready check.</summary>
    public string LastWord { get; set; } = "";

    /// <summary>When a reason was last said for not being ready.</summary>
    public TimeSpan SaidAt { get; set; }

    /// <summary>Why its process is being ended to be started again; empty: it isn't.</summary>
    public string Unhealthy { get; set; } = "";

    /// <summary>Another process: nothing that was said of the one before counts, and no answer about it.</summary>
    public void Begin(bool isReady, TimeSpan dueAt) =>
        (IsReady, UnderWay, DueAt, Failures, LastWord, Unhealthy) = (isReady, 0, dueAt, 0, "", "");
}
