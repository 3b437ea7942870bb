namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What the units of this agent's fence are called. The store's id is part of it: work that another agent under the same name left (the disk was wiped) hangs on
/// a lease that nobody renews any more.
/// </summary>
public sealed class FenceName
{
    /// <summary>What the names of the timers begin with; the packaged drop-in of this prefix says what they start (systemd.unit(5)).</summary>
    public const string TimerPrefix = "edge-fence-";

    private const int StoreCharacters = 8;

    public FenceName(SystemdRuntimeOptions options)
    {
        // The drop-in knows the part behind the last dash (%j), so that there is none in it.
        var instance = $"{options.Node.Value.Replace('-', '_')}_{options.StoreId[..Math.Min(StoreCharacters, options.StoreId.Length)]}";
        (Lease, Fall, Timers) = ($"edge-lease@{instance}.target", $"edge-fence@{instance}.target", [$"{TimerPrefix}{instance}@1.timer", $"{TimerPrefix}{instance}@2.timer"]);
    }

    /// <summary>Active while the lease is good: what is fenced can start only then, and is stopped with it.</summary>
    public string Lease { get; }

    /// <summary>Its start stops the lease. Active from when all that was fenced has ended until the next lease.</summary>
    public string Fall { get; }

    /// <summary>Two, used in turn: the one is up before the other goes.</summary>
    public IReadOnlyList<string> Timers { get; }
}
