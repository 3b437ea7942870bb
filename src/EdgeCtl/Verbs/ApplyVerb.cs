using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Changing;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl apply</c>: makes manifests what the fleet should run.</summary>
public static class ApplyVerb
{
    public static Command Create()
    {
        var files = ChangeOptions.Files();
        files.Required = true;
        var force = new Option<bool>("--force") { Description = "send it also where no node has what it needs, where nothing changed, or over what can't be read" };
        var change = new ChangeOptions();
        return new Command("apply", "make what manifests say what the fleet runs") { files, change.Wait, change.Timeout, force }.Does(async (parsed, cancel) =>
        {
            var timeout = change.TimeoutOf(parsed);
            var workloads = ManifestSource.Read(parsed.GetRequiredValue(files), Console.OpenStandardInput());
            var target = GlobalOptions.Target(parsed);
            var run = new Run(target, parsed.GetValue(force), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            await run.ApplyAsync(workloads, parsed.GetValue(change.Wait) ? timeout : null, cancel).ConfigureAwait(false);
        });
    }

    private sealed class Run(FleetTarget target, bool isForced, TextWriter output, TextWriter errors)
    {
        public async Task ApplyAsync(IReadOnlyList<ManifestWorkload> workloads, TimeSpan? wait, CancellationToken cancel)
        {
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            await connection.ReadWorkloadsAsync(view, [.. workloads.Select(w => w.Name)], cancel).ConfigureAwait(false);

            if (workloads.Any(w => w.Spec.Mode != WorkloadMode.Replicated))
            {
                await connection.ReadNodesAsync(view, withStatus: true, cancel).ConfigureAwait(false);
                RefuseWithoutFeatures(workloads, view);
            }

            var intents = new List<Intent>();
            var change = new IntentChange(connection, view, key, TimeProvider.System);
            foreach (var workload in workloads)
            {
                var (intent, outcome) = await change.ApplyAsync(workload.Name, workload.Spec, isForced, cancel).ConfigureAwait(false);
                intents.Add(intent);
                await output.WriteLineAsync($"{workload.Name} {outcome.ToString().ToLowerInvariant()} (generation {intent.Generation})").ConfigureAwait(false);
            }

            if (!view.Presences.Values.Any(p => p.State == PresenceState.Online))
            {
                await errors.WriteLineAsync("no node of this cell is online: it is placed when one comes").ConfigureAwait(false);
            }

            if (wait is { } timeout)
            {
                await new Waiting(connection, view, errors).UntilDoneAsync(intents, timeout, cancel).ConfigureAwait(false);
            }
        }

        // With nobody online nothing is known of what nodes can do.
        private void RefuseWithoutFeatures(IReadOnlyList<ManifestWorkload> workloads, FleetView view)
        {
            var online = view.Statuses.Values.Where(s => view.IsOnline(s.Node)).ToList();
            foreach (var workload in isForced || online.Count == 0 ? [] : workloads)
            {
                if (IntentChange.FeaturesOf(workload.Spec).FirstOrDefault(f => !online.Any(s => s.Features.Contains(f))) is { } lacking)
                {
                    throw new CtlException(ExitCode.Failed, $"{workload.Source}:{workload.At.Line}: {workload.Name} needs {lacking}, and no online node has it: update the agents, or send it anyway with --force; nothing was sent");
                }
            }
        }
    }
}
