using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Changing;
using EdgeCtl.Connection;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl scale</c>: another number of replicas, everything else as it is.</summary>
public static class ScaleVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("workload") { Description = "its name" };
        var replicas = new Option<int>("--replicas") { Description = $"how many, 0 to {WorkloadLimits.ReplicasMax}", Required = true, HelpName = "N" };
        var change = new ChangeOptions();
        return new Command("scale", "change how many replicas a workload has") { name, replicas, change.Wait, change.Timeout }.Does(async (parsed, cancel) =>
        {
            var timeout = change.TimeoutOf(parsed);
            var workload = ChangeOptions.Name(parsed.GetRequiredValue(name));
            var count = parsed.GetValue(replicas);
            if (count is < 0 or > WorkloadLimits.ReplicasMax)
            {
                throw new CtlException(ExitCode.WrongUsage, $"--replicas {count}: expected a whole number from 0 to {WorkloadLimits.ReplicasMax}");
            }

            var target = GlobalOptions.Target(parsed);
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            await connection.ReadWorkloadsAsync(view, [workload], cancel).ConfigureAwait(false);
            var spec = view.Intents.GetValueOrDefault(workload)?.Spec ?? throw new CtlException(ExitCode.Failed, view.Unread.TryGetValue(workload, out var unread)
                ? $"{workload} can't be read with this key ({unread.Message}): use its operator's key with --key FILE"
                : $"there is no workload {workload}: edgectl get workloads lists what there is");
            if (spec.Mode == WorkloadMode.Everywhere)
            {
                throw new CtlException(ExitCode.Failed, $"{workload} runs everywhere, once on each node: there is no number to change");
            }

            var (intent, outcome) = await new IntentChange(connection, view, key, TimeProvider.System).ApplyAsync(workload, spec with { Replicas = count }, isForced: false, cancel).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{workload} {(outcome == ChangeOutcome.Unchanged ? "unchanged" : "scaled")} to {count} (generation {intent.Generation})").ConfigureAwait(false);
            if (parsed.GetValue(change.Wait))
            {
                await new Waiting(connection, view, parsed.InvocationConfiguration.Error).UntilDoneAsync([intent], timeout, cancel).ConfigureAwait(false);
            }
        });
    }
}
