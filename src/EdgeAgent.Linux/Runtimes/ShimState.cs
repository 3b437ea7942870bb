using System.Globalization;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

internal enum ShimPhase
{
    /// <summary>It has not said anything.</summary>
    None,
    Running,

    /// <summary>The process ended; its restart is due in a moment.</summary>
    Waiting,
    Stopping,

    /// <summary>It ended, and is not started again.</summary>
    Ended,

    /// <summary>Stopped as asked: nothing is left.</summary>
    Gone,
}

/// <summary>The shim's <c>state</c> file.</summary>
internal sealed record ShimState
{
    public int Shim { get; private init; }

    public ulong ShimStart { get; private init; }

    public ShimPhase Phase { get; private init; }

    public int Pid { get; private init; }

    public ulong PidStart { get; private init; }

    public int Restarts { get; private init; }

    public UnitResult Result { get; private init; } = UnitResult.Unknown;

    public int Status { get; private init; }

    public DateTimeOffset StartedAt { get; private init; }

    public string Detail { get; private init; } = "";

    /// <summary>An empty state where there is no such file, or it is not to be read.</summary>
    public static ShimState Read(string path)
    {
        var state = new ShimState();
        try
        {
            foreach (var line in File.ReadAllLines(path))
            {
                var at = line.IndexOf('=', StringComparison.Ordinal);
                state = at < 0 ? state : state.With(line[..at], line[(at + 1)..]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ShimState();
        }

        return state;
    }

    private ShimState With(string key, string value)
    {
        _ = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        return key switch
        {
            "shim" => this with { Shim = (int)number },
            "shim-start" => this with { ShimStart = (ulong)number },
            "pid" => this with { Pid = (int)number },
            "pid-start" => this with { PidStart = (ulong)number },
            "restarts" => this with { Restarts = (int)number },
            "status" => this with { Status = (int)number },
            "started-us" => this with { StartedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(number) },
            "detail" => this with { Detail = value },
            "phase" => this with { Phase = Enum.TryParse<ShimPhase>(value, ignoreCase: true, out var phase) ? phase : ShimPhase.None },
            "result" => this with
            {
                Result = value switch
                {
                    "success" => UnitResult.Success,
                    "start-failed" => UnitResult.StartFailed,
                    "exit-code" => UnitResult.ExitCode,
                    "killed" => UnitResult.Killed,
                    "deadline" => UnitResult.Deadline,
                    _ => UnitResult.Unknown,
                },
            },
            _ => this,
        };
    }
}
