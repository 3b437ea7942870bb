using System.CommandLine;
using System.Globalization;
using EdgeAgent.Core.Units;

namespace EdgeCtl.Verbs;

/// <summary>Which lines of a log: the options of <c>journalctl</c>, with kubectl's names beside them.</summary>
internal sealed class LogFilter
{
    private static readonly string[] Priorities = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    private readonly Option<int?> _lines = new("--lines", "-n", "--tail") { Description = "the last lines of each slot; all that is kept unless given", HelpName = "n" };
    private readonly Option<string?> _since = new("--since") { Description = "only what was written since: 10m ago by the node's clock, or a time, as 2026-11-25T08:30", HelpName = "time" };
    private readonly Option<string?> _priority = new("--priority", "-p") { Description = "only lines of this importance or a greater one: emerg, alert, crit, err, warning, notice, info, debug, or 0 to 7", HelpName = "level" };

    public void AddTo(Command command)
    {
        command.Add(_lines);
        command.Add(_since);
        command.Add(_priority);
    }

    /// <summary>As nodes are asked for it.</summary>
    public Dictionary<string, string> Read(ParseResult parsed)
    {
        var asked = new Dictionary<string, string>(StringComparer.Ordinal);
        if (parsed.GetValue(_lines) is { } lines)
        {
            asked["lines"] = lines >= 0 ? lines.ToString(CultureInfo.InvariantCulture) : throw new VerbException(ExitCode.Usage, $"--lines takes a number of lines, not {lines}");
        }

        if (parsed.GetValue(_priority) is { } priority)
        {
            var level = int.TryParse(priority, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < Priorities.Length ? number : Array.IndexOf(Priorities, priority);
            asked["priority"] = level >= 0 ? level.ToString(CultureInfo.InvariantCulture) : throw new VerbException(ExitCode.Usage, $"--priority {priority}: it is one of {string.Join(", ", Priorities)}, or 0 to 7");
        }

        if (parsed.GetValue(_since) is { } since)
        {
            if (DurationText.TryParse(since, out var ago, out _))
            {
                asked["ago"] = ((long)ago.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            }
            else if (DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var at) && at > DateTimeOffset.UnixEpoch)
            {
                asked["since"] = ((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture);
            }
            else
            {
                throw new VerbException(ExitCode.Usage, $"--since {since}: neither a duration, as 10m, nor a time, as 2026-11-25T08:30");
            }
        }

        return asked;
    }
}
