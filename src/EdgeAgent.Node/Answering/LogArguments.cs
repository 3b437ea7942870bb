using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Node.Answering;

/// <summary>
/// What <c>logs</c> is asked with: <c>workload</c> and <c>index</c> (all slots without it), or <c>unit</c>; <c>lines</c>; <c>follow</c> (true); <c>since</c>
/// (microseconds of Unix time) or <c>ago</c> (milliseconds, by this node's clock), or <c>cursor</c> instead of either and of <c>lines</c>: what a reply had as such;
/// <c>all</c> (true: also what workloads of this name wrote that were deleted); <c>priority</c> (0 to 7); <c>ahead</c> (replies that the reader may be behind).
/// </summary>
internal sealed record LogArguments
{
    public WorkloadName Workload { get; private init; }

    public int? Index { get; private init; }

    public string? Unit { get; private init; }

    public int Ahead { get; private init; }

    public bool HasCursor => Cursor is not null;

    private string? Cursor { get; init; }

    private bool OfAll { get; init; }

    private int? Lines { get; init; }

    private bool Follow { get; init; }

    private DateTimeOffset? Since { get; init; }

    private int PriorityMax { get; init; }

    public static bool TryRead(IReadOnlyDictionary<string, string> arguments, DateTimeOffset now, out LogArguments query, out string error)
    {
        error = "";
        query = null!;
        var unit = arguments.GetValueOrDefault("unit");
        if (!WorkloadName.TryParse(arguments.GetValueOrDefault("workload"), out var workload) && unit is null)
        {
            error = "the command logs needs the name of a workload, or of a unit";
            return false;
        }

        foreach (var (name, most) in (ReadOnlySpan<(string, long)>)[("index", int.MaxValue), ("lines", int.MaxValue), ("since", MicrosecondsMax), ("ago", MillisecondsMax), ("priority", LogPriority.Debug), ("ahead", NodeLimits.LogRepliesAhead)])
        {
            if (arguments.TryGetValue(name, out var text) && !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most))
            {
                error = $"the command logs takes as {name} a number up to {most}";
                return false;
            }
        }

        query = new LogArguments
        {
            Workload = workload,
            Index = (int?)Number(arguments, "index"),
            Unit = unit,
            Cursor = arguments.GetValueOrDefault("cursor"),
            OfAll = arguments.GetValueOrDefault("all") == "true",
            Lines = (int?)Number(arguments, "lines"),
            Follow = arguments.GetValueOrDefault("follow") == "true",
            Since = Number(arguments, "since") is { } since ? DateTimeOffset.UnixEpoch.AddMicroseconds(since)
                : Number(arguments, "ago") is { } ago && now - DateTimeOffset.UnixEpoch > TimeSpan.FromMilliseconds(ago) ? now - TimeSpan.FromMilliseconds(ago) : null,
            PriorityMax = (int?)Number(arguments, "priority") ?? LogPriority.Debug,
            Ahead = Math.Max(1, (int?)Number(arguments, "ahead") ?? NodeLimits.LogRepliesAhead),
        };
        return true;
    }

    public LogQuery Of(LogSource source) => new(source) { Lines = Lines, Follow = Follow, Since = Since, PriorityMax = PriorityMax, After = Cursor };

    /// <summary>Of a slot by what this node said of it last, or of the <paramref name="unit"/> of the device that does its work: that doesn't mark its lines.</summary>
    public LogQuery Of(Claim word, string? unit) => Of(new LogSource(word.Slot, unit)) with { Incarnation = OfAll || unit is not null ? null : word.Incarnation };

    /// <summary>The year 9999.</summary>
    private static long MicrosecondsMax => (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static long MillisecondsMax => MicrosecondsMax / 1000;

    private static long? Number(IReadOnlyDictionary<string, string> arguments, string name) =>
        arguments.TryGetValue(name, out var text) ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
