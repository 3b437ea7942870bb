using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;

namespace EdgeCtl.Verbs;

/// <summary>A verb that changes one workload: reads what is wanted of it, and says the next word.</summary>
internal static class WorkloadChange
{
    public static Argument<string> Name() => new("workload") { Description = "its name" };

    /// <summary>What is wanted of it; what is said of it is in the view then.</summary>
    public static async Task<Intent> ReadAsync(FleetSession session, string text, CancellationToken cancel)
    {
        var workload = WorkloadNames.Read(text);
        await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
        ApplyVerb.CheckReadable(workload, session, force: false);
        return session.View.IntentOf(workload) is { IsTombstone: false } known ? known : throw await Missing.WorkloadAsync(session, workload, cancel).ConfigureAwait(false);
    }

    /// <summary>Signs and says it, tells what was done, and waits where that is wanted.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="session">The fleet.</param>
    /// <param name="known">What is wanted so far.</param>
    /// <param name="draft">What is wanted now; null: the same.</param>
    /// <param name="done">What was done, in a word or two.</param>
    /// <param name="patience">How long it is waited for; null: not at all.</param>
    /// <param name="cancel">The user has had enough.</param>
    public static async Task<int> SayAsync(ParseResult parsed, FleetSession session, Intent known, Intent? draft, string done, TimeSpan? patience, CancellationToken cancel)
    {
        var intent = known;
        if (draft is not null)
        {
            intent = IntentCodec.Sign(draft, session.Key, session.Topics);
            await ApplyVerb.SendAsync(session, intent, cancel).ConfigureAwait(false);
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync($"workload/{known.Workload} {(draft is null ? "unchanged" : done)}").ConfigureAwait(false);
        return patience is { } time && !intent.Spec!.IsPaused ? await ApplyVerb.WaitAsync(parsed, session, [intent], time, cancel).ConfigureAwait(false) : ExitCode.Done;
    }
}
