using EdgeAgent.Linux.Systemd.Binding;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// The service manager that started this agent (sd_notify(3)): it is told when the agent is ready, what it is doing, and, by each turn of
/// the loop, that it goes on. Where none asked for it (no NOTIFY_SOCKET) nothing is told.
/// </summary>
/// <param name="notify">Sends a message; see sd_notify(3) for its lines.</param>
/// <param name="watchdog">Within which the service manager wants to hear from the loop; null: it doesn't.</param>
/// <param name="time">For the pace of what is told.</param>
public sealed class ServiceSupervisor(Action<string>? notify, TimeSpan? watchdog, TimeProvider time) : ISupervisor
{
    /// <summary>A placement changes the state many times.</summary>
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1);

    /// <summary>sd_watchdog_enabled(3) advises half of it; a third survives one that comes late.</summary>
    private readonly TimeSpan? _beatInterval = watchdog / 3;

    private AgentState _told;
    private AgentState _now;
    private long? _toldAt;
    private long _beatAt;
    private bool _isReady;
    private bool _isStopping;

    /// <summary>The loop is to end a turn within this time, though nothing came.</summary>
    public TimeSpan? SleepMax
    {
        get
        {
            if (notify is null)
            {
                return null;
            }

            TimeSpan? beat = _isReady && _beatInterval is { } interval ? Rest(_beatAt, interval) : null;
            TimeSpan? status = _toldAt is { } told && _now != _told ? Rest(told, StatusInterval) : null;
            return beat is null || status < beat ? status : beat;
        }
    }

    public static ServiceSupervisor OfEnvironment(TimeProvider time)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 })
        {
            return new ServiceSupervisor(null, null, time);
        }

        try
        {
            TimeSpan? watchdog = SdDaemon.WatchdogEnabled(0, out var microseconds) > 0 ? TimeSpan.FromMicroseconds(microseconds) : null;
            return new ServiceSupervisor(state => _ = SdDaemon.Notify(0, state), watchdog, time);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another service manager speaks the same protocol; without the library the agent can't answer it, and runs all the same.
            return new ServiceSupervisor(null, null, time);
        }
    }

    public void Turned(in AgentState state)
    {
        if (notify is null)
        {
            return;
        }

        _now = state;
        if (state.IsReady && !_isReady)
        {
            _isReady = true;
            _beatAt = time.GetTimestamp();
            Tell("READY=1");
        }
        else if (state.IsStopping && !_isStopping)
        {
            _isStopping = true;
            Tell("STOPPING=1");
        }
        else if (_toldAt is null || (_now != _told && Rest(_toldAt.Value, StatusInterval) == TimeSpan.Zero))
        {
            Tell("");
        }

        if (_isReady && _beatInterval is { } interval && Rest(_beatAt, interval) == TimeSpan.Zero)
        {
            Beat();
        }
    }

    /// <summary>The loop has ended, and the process goes on for a while: says why, and that this is meant.</summary>
    public void Sleep(TimeSpan pause, string status)
    {
        notify?.Invoke($"STATUS={OneLine(status)}");
        for (var until = time.GetTimestamp(); time.GetElapsedTime(until) < pause;)
        {
            Beat();
            var rest = pause - time.GetElapsedTime(until);
            Thread.Sleep(_beatInterval < rest ? _beatInterval.Value : rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }
    }

    private void Beat()
    {
        if (_beatInterval is not null)
        {
            _beatAt = time.GetTimestamp();
            notify?.Invoke("WATCHDOG=1");
        }
    }

    private void Tell(string what)
    {
        (_told, _toldAt) = (_now, time.GetTimestamp());
        notify!($"{what}\nSTATUS={OneLine(_now.ToString())}");
    }

    private TimeSpan Rest(long since, TimeSpan interval)
    {
        var rest = interval - time.GetElapsedTime(since);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    // A broker's words are in it, and a line feed would begin another message to the service manager.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
