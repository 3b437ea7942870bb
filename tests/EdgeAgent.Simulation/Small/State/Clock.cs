namespace EdgeAgent.Simulation.Small.State;

/// <summary>Time in the small world.</summary>
internal static class Clock
{
    /// <summary>It is always now: what lies behind moves away when time goes on.</summary>
    public static readonly TimeSpan Now = TimeSpan.FromHours(1);

    /// <summary>Further back nothing makes a difference: longer than any wait that the scenarios' rules know.</summary>
    public static readonly TimeSpan LongAgo = Now - TimeSpan.FromSeconds(40);

    /// <summary>Time goes on in such steps: who is due within one of them is due together, and acts in any order.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    public static int Ticks(TimeSpan time) => (int)((time.Ticks + Tick.Ticks - 1) / Tick.Ticks);
}
