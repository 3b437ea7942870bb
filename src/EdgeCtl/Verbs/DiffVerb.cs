using System.CommandLine;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;
using EdgeCtl.Showing;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl diff</c>: what apply would change, field by field; nothing is sent.</summary>
public static class DiffVerb
{
    public static Command Create()
    {
        var files = ChangeOptions.Files();
        files.Required = true;
        return new Command("diff", "what apply would change, field by field; sends nothing") { files }.Does(async (parsed, cancel) =>
        {
            var workloads = ManifestSource.Read(parsed.GetRequiredValue(files), Console.OpenStandardInput());
            var target = GlobalOptions.Target(parsed);
            using var key = target.Key();
            await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
            var view = new FleetView(target.Topics, FleetTarget.EnvelopeOf(key));
            await connection.ReadWorkloadsAsync(view, [.. workloads.Select(w => w.Name)], cancel).ConfigureAwait(false);
            foreach (var workload in workloads)
            {
                Write(parsed.InvocationConfiguration.Output, workload, view);
            }
        });
    }

    private static void Write(TextWriter output, ManifestWorkload workload, FleetView view)
    {
        if (view.Unread.TryGetValue(workload.Name, out var unread) && !view.Intents.ContainsKey(workload.Name))
        {
            throw new CtlException(ExitCode.Failed, $"{workload.Name} can't be read with this key ({unread.Message}): use its operator's key with --key FILE");
        }

        var known = view.Intents.GetValueOrDefault(workload.Name)?.Spec;
        var changes = ManifestText.Changes(workload.Name, known, workload.Spec);
        output.WriteLine($"{workload.Name} {(known is null ? "would be created" : changes.Count == 0 ? "is unchanged" : ManifestText.ChangesTheWork(changes) ? "would change, its work starts anew" : "would change, its work goes on")}");
        foreach (var change in changes)
        {
            output.WriteLine(Terminal.Printable(change switch
            {
                { Before: null } => $"  + {change.Path}: {change.After}",
                { After: null } => $"  - {change.Path}: {change.Before}",
                _ => $"  ~ {change.Path}: {change.Before} -> {change.After}",
            }));
        }
    }
}
