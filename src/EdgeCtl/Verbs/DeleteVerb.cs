using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Changing;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl delete</c>: ends workloads for good.</summary>
public static class DeleteVerb
{
    public static Command Create()
    {
        var names = new Argument<string[]>("workload") { Description = "names of workloads", Arity = ArgumentArity.ZeroOrMore };
        var files = ChangeOptions.Files();
        var change = new ChangeOptions();
        return new Command("delete", "end workloads, by name or by their manifests") { names, files, change.Wait, change.Timeout }.Does(async (parsed, cancel) =>
        {
            var timeout = change.TimeoutOf(parsed);
            var workloads = Names(parsed.GetValue(names) ?? [], parsed.GetValue(files) ?? []);
            var target = GlobalOptions.Target(parsed);
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            var tombstones = new List<Intent>();
            var intents = new IntentChange(connection, view, key, TimeProvider.System);
            await connection.ReadWorkloadsAsync(view, workloads, cancel).ConfigureAwait(false);
            foreach (var workload in workloads)
            {
                tombstones.Add(await intents.DeleteAsync(workload, cancel).ConfigureAwait(false));
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{workload} deleted").ConfigureAwait(false);
            }

            if (parsed.GetValue(change.Wait))
            {
                await new Waiting(connection, view, parsed.InvocationConfiguration.Error).UntilDoneAsync(tombstones, timeout, cancel).ConfigureAwait(false);
            }
        });
    }

    private static IReadOnlyList<WorkloadName> Names(string[] names, string[] files) => (names.Length, files.Length) switch
    {
        (0, 0) => throw new CtlException(ExitCode.WrongUsage, "name the workloads to delete, or their manifests with -f"),
        (_, 0) => [.. names.Select(ChangeOptions.Name).Distinct()],
        (0, _) => [.. ManifestSource.Read(files, Console.OpenStandardInput()).Select(w => w.Name)],
        _ => throw new CtlException(ExitCode.WrongUsage, "name workloads or give -f, not both"),
    };
}
