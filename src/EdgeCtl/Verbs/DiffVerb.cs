using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl diff -f</c>: what apply would change. Exit code 1 where there is a difference, as kubectl's.</summary>
public static class DiffVerb
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "a file, a folder, or - for standard input", Required = true, HelpName = "file" };
        var command = new Command("diff", "what apply would change; exit code 1 where there is a difference") { files };
        command.SetAction((parsed, cancel) => FleetVerb.RunAsync(parsed, "diff", async () =>
        {
            var manifests = ApplyVerb.Read(parsed, parsed.GetValue(files)!);
            var session = await FleetSession.OpenAsync(parsed, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.Connection.ReadAsync(ApplyVerb.Filters(session, manifests.Select(m => m.Name)), cancel).ConfigureAwait(false);
                var differ = false;
                foreach (var manifest in manifests)
                {
                    var before = session.View.IntentOf(manifest.Name)?.Spec is { } known ? Lines(known) : [];
                    var after = Lines(manifest.Spec);
                    var changes = before.Except(after).Select(l => $"- {l}").Concat(after.Except(before).Select(l => $"+ {l}")).OrderBy(l => l[2..], StringComparer.Ordinal).ToList();
                    differ |= changes.Count > 0;
                    parsed.InvocationConfiguration.Output.WriteLine(changes.Count == 0 ? $"workload/{manifest.Name}: no difference" : $"workload/{manifest.Name}:\n  {string.Join("\n  ", changes)}");
                }

                return differ ? ExitCode.Failed : ExitCode.Done;
            }
        }));
        return command;
    }

    private static List<string> Lines(WorkloadSpec spec) => [.. SpecText.Fields(spec).Select(f => $"{f.Name}: {f.Value}")];
}
