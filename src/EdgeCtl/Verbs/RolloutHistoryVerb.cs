using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using EdgeCtl.Output;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl rollout history</c>: what is wanted, and what it would go back to: the intent carries both, and nothing else is kept.</summary>
internal static class RolloutHistoryVerb
{
    public static Command Create()
    {
        var name = WorkloadChange.Name();
        var form = GetVerb.OutputForm();
        var command = new Command("history", "what is wanted, and what it would go back to") { name, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var known = await WorkloadChange.ReadAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false);
            new Listing(parsed.InvocationConfiguration.Output, parsed.GetValue(form), Tables.Rollouts).Write([.. Rows(known, session.View)], "workload");
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<JsonObject> Rows(Intent known, FleetView view)
    {
        var isRejected = WaitFor.RolledBack(known, view) is not null;
        if (known.Fallback is { } back)
        {
            yield return Row(known.Workload, back.Generation, back.RunId, isRejected ? "wanted again" : "kept", back.SignedAt, back.Spec);
        }

        List<Claim> claims = [.. view.ClaimsOf(known.Workload)];
        var state = isRejected ? "rejected" : known.Spec!.IsPaused ? "paused" : Trial.HasPassed(known, claims) ? "good" : "new";
        yield return Row(known.Workload, known.Generation, known.RunId, state, known.SignedAt, known.Spec!);
    }

    private static JsonObject Row(WorkloadName workload, long generation, long run, string state, DateTimeOffset signedAt, WorkloadSpec spec) => new()
    {
        ["name"] = workload.Value,
        ["generation"] = generation,
        ["run"] = run,
        ["state"] = state,
        ["signedAt"] = signedAt.ToString("O", CultureInfo.InvariantCulture),
        ["command"] = Items.Command(spec.Run),
        ["unit"] = (spec.Run as UnitRun)?.Unit,
    };
}
