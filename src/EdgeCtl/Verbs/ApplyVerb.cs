using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using EdgeCtl.Manifests;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl apply -f</c>: manifests become signed intents. All of them are read and checked before anything is sent.</summary>
public static class ApplyVerb
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "a file, a folder, or - for standard input; may be given several times", Required = true };
        var wait = new Option<bool>("--wait") { Description = "return when every slot runs (of a job: has succeeded)" };
        var force = new Option<bool>("--force") { Description = "also where no online node has what it needs" };
        var timeout = FleetOptions.Timeout("how long --wait waits", "2m");
        var command = new Command("apply", "make what the manifests describe run") { files, wait, force, timeout };
        command.SetAction((parsed, cancel) => FleetVerb.RunAsync(parsed, "apply", async () =>
        {
            var patience = FleetOptions.ReadTimeout(parsed, timeout);
            var manifests = Read(parsed, parsed.GetValue(files)!);
            var session = await FleetSession.OpenAsync(parsed, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await ApplyAsync(parsed, session, manifests, parsed.GetValue(force), parsed.GetValue(wait) ? patience : null, cancel).ConfigureAwait(false);
            }
        }));
        return command;
    }

    public static IReadOnlyList<Manifest> Read(ParseResult parsed, IReadOnlyList<string> files)
    {
        var manifests = ManifestReader.Read(files, Console.OpenStandardInput(), out var errors);
        foreach (var error in errors)
        {
            parsed.InvocationConfiguration.Error.WriteLine(error);
        }

        return errors.Count == 0 ? manifests : throw new VerbException(ExitCode.Failed, $"{errors.Count} {(errors.Count == 1 ? "fault" : "faults")}; nothing was sent. docs/spec/manifest.md has every field");
    }

    private static async Task<int> ApplyAsync(ParseResult parsed, FleetSession session, IReadOnlyList<Manifest> manifests, bool force, TimeSpan? patience, CancellationToken cancel)
    {
        using var key = session.OpenKey();
        var names = manifests.Select(m => m.Name).ToList();
        await session.Connection.ReadAsync(Filters(session, names), cancel).ConfigureAwait(false);
        var output = parsed.InvocationConfiguration.Output;
        var sent = new List<Intent>();
        foreach (var manifest in manifests)
        {
            var known = session.View.IntentOf(manifest.Name);
            var wanted = known;
            if (Draft.Of(manifest.Name, manifest.Spec, session.View) is { } draft)
            {
                CheckFeatures(draft, session.View, force);
                wanted = IntentCodec.Sign(draft, key, session.Topics);
                await SendAsync(session, wanted, cancel).ConfigureAwait(false);
                await output.WriteLineAsync($"workload/{manifest.Name} {(known is null || known.IsTombstone ? "created" : "configured")}").ConfigureAwait(false);
            }
            else
            {
                await output.WriteLineAsync($"workload/{manifest.Name} unchanged").ConfigureAwait(false);
            }

            sent.Add(wanted!);
        }

        return patience is { } time ? await WaitAsync(parsed, session, sent, time, cancel).ConfigureAwait(false) : ExitCode.Done;
    }

    /// <summary>Published, its echo awaited, and read again: of two operators who signed at once, the loser is told.</summary>
    public static async Task SendAsync(FleetSession session, Intent intent, CancellationToken cancel)
    {
        await session.Connection.PublishAsync(session.Topics.Intent(intent.Workload), intent.Signed, retain: true, cancel).ConfigureAwait(false);
        bool IsSettled() => session.View.IntentOf(intent.Workload) is { } now && (now.Digest == intent.Digest || now.Supersedes(intent));
        if (!await session.WaitAsync(IsSettled, TimeSpan.FromSeconds(10), cancel).ConfigureAwait(false))
        {
            throw new VerbException(ExitCode.TimedOut, $"{intent.Workload}: the broker acknowledged it but did not send it back within 10 s: may this user read intents?");
        }

        if (session.View.IntentOf(intent.Workload)!.Digest != intent.Digest)
        {
            throw new VerbException(ExitCode.Failed, $"{intent.Workload}: someone else changed it in the same moment, and theirs is followed; look at it (edgectl diff -f …) and apply again");
        }
    }

    public static async Task<int> WaitAsync(ParseResult parsed, FleetSession session, IReadOnlyList<Intent> wanted, TimeSpan patience, CancellationToken cancel)
    {
        var errors = parsed.InvocationConfiguration.Error;
        var progress = "";
        string? failure = null;
        bool IsOver()
        {
            var results = wanted.Select(w => WaitFor.Running(w, session.View)).ToList();
            failure = results.FirstOrDefault(r => !string.IsNullOrEmpty(r));
            var now = string.Join(", ", wanted.Select(w => $"{w.Workload}: {WaitFor.Progress(w, session.View)}"));
            if (now != progress && !Console.IsErrorRedirected)
            {
                errors.WriteLine(now);
            }

            progress = now;
            return failure is not null || results.All(r => r is not null);
        }

        if (!await session.WaitAsync(IsOver, patience, cancel).ConfigureAwait(false))
        {
            throw new VerbException(ExitCode.TimedOut, $"not done after {patience.TotalSeconds:0} s ({progress}): edgectl why {wanted[0].Workload} says what hinders it");
        }

        return failure is null ? ExitCode.Done : throw new VerbException(ExitCode.Failed, failure);
    }

    public static IReadOnlyList<string> Filters(FleetSession session, IEnumerable<WorkloadName> names) =>
    [
        .. names.SelectMany(n => (string[])[session.Topics.Intent(n), session.Topics.CopiesOf(n), session.Topics.ClaimsOf(n)]),
        session.Topics.AllPresences,
        session.Topics.AllStatuses,
    ];

    private static void CheckFeatures(Intent intent, FleetView view, bool force)
    {
        var online = view.Nodes.Where(n => n.IsOnline && n.Status is not null).ToList();
        if (!force && online.Count > 0 && intent.Features.FirstOrDefault(f => !online.Any(n => n.Status!.Features.Contains(f))) is { } lacking)
        {
            throw new VerbException(ExitCode.Failed, $"{intent.Workload} needs {lacking}, and no online node has it; --force sends it all the same");
        }
    }
}
