using System.CommandLine;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeCtl.Connection;
using EdgeCtl.Manifests;
using EdgeCtl.Output;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl apply -f</c>: manifests become signed intents. All of them are read and checked before anything is sent.</summary>
public static class ApplyVerb
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f") { Description = "a file, a folder, or - for standard input; may be given several times", Required = true, HelpName = "file" };
        var wait = new Option<bool>("--wait") { Description = "return when every slot runs (of a job: has succeeded)" };
        var force = new Option<bool>("--force") { Description = "also where no online node has what it needs, and over what this key can't read" };
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
        var key = session.Key;
        var names = manifests.Select(m => m.Name).ToList();
        await session.Connection.ReadAsync(Filters(session, names), cancel).ConfigureAwait(false);
        var output = parsed.InvocationConfiguration.Output;
        var sent = new List<Intent>();
        foreach (var manifest in manifests)
        {
            var known = session.View.IntentOf(manifest.Name);
            var wanted = known;
            CheckReadable(manifest.Name, session, force);
            // What was paused stays so: a manifest has no word for it.
            var spec = manifest.Spec with { IsPaused = known?.Spec is { IsPaused: true } };
            if (Draft.Of(manifest.Name, spec, session.View) is { } draft)
            {
                CheckFeatures(draft, session.View, force);
                CheckVoters(draft, known);
                wanted = IntentCodec.Sign(draft, key, session.Topics);
                await SendAsync(session, wanted, cancel).ConfigureAwait(false);
                await output.WriteLineAsync($"workload/{manifest.Name} {(known is null || known.IsTombstone ? "created" : "configured")}{(spec.IsPaused ? $"; paused, so what runs stays as it is (edgectl rollout resume {manifest.Name})" : "")}").ConfigureAwait(false);
            }
            else
            {
                // The broker may have lost it, and the cell live on by its copies.
                await SettleAsync(session, known!, cancel).ConfigureAwait(false);
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

        // All that was sent in the same moment has come by now.
        await session.Connection.ReadAsync([], cancel).ConfigureAwait(false);
        await SettleAsync(session, intent, cancel).ConfigureAwait(false);
    }

    /// <summary>Sees to it that the broker keeps what is followed: a lesser word of another operator may have come last.</summary>
    private static async Task SettleAsync(FleetSession session, Intent intent, CancellationToken cancel)
    {
        var followed = session.View.IntentOf(intent.Workload)!;
        if (!session.View.IsRetained(followed))
        {
            await session.Connection.PublishAsync(session.Topics.Intent(intent.Workload), followed.Signed, retain: true, cancel).ConfigureAwait(false);
        }

        if (followed.Digest != intent.Digest)
        {
            throw new VerbException(ExitCode.Failed, $"{intent.Workload}: someone else changed it in the same moment, and theirs is followed; look at it (edgectl diff -f …) and apply again");
        }
    }

    /// <summary>What another operator signed is not replaced by accident.</summary>
    public static void CheckReadable(WorkloadName workload, FleetSession session, bool force)
    {
        if (!force && session.View.IntentOf(workload) is null && session.View.Refused.TryGetValue(workload, out var reason))
        {
            throw new VerbException(ExitCode.Failed, $"{workload} is there already, but not to be read with this key: {reason}; use its operator's key (--key FILE), or replace it with apply --force");
        }
    }

    /// <summary>Agents refuse it too; who signed it should not have to find that out from them.</summary>
    private static void CheckVoters(Intent draft, Intent? known)
    {
        if (draft.ChangesVoters(known))
        {
            throw new VerbException(ExitCode.Failed, $"{draft.Workload}: its voters are {Names(known!)} and can't be changed while it lives, or the old ones and the new ones could each let one run: delete it (edgectl delete {draft.Workload}), wait until nothing of it runs, and apply it anew");
        }

        static string Names(Intent intent) => intent.Spec!.Voters.Count == 0 ? "none" : string.Join(", ", intent.Spec.Voters);
    }

    public static async Task<int> WaitAsync(ParseResult parsed, FleetSession session, IReadOnlyList<Intent> wanted, TimeSpan patience, CancellationToken cancel)
    {
        using var line = new ProgressLine(parsed.InvocationConfiguration.Error);
        var progress = "";
        string? failure = null;
        bool IsOver()
        {
            var results = wanted.Select(w => WaitFor.Running(w, session.View)).ToList();
            failure = results.FirstOrDefault(r => !string.IsNullOrEmpty(r));
            progress = string.Join(", ", wanted.Select(w => $"{w.Workload}: {WaitFor.Progress(w, session.View)}"));
            line.Show(progress);
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
        .. names.SelectMany(n => (string[])[session.Topics.Intent(n), session.Topics.CopiesOf(n), .. session.Topics.ClaimsOf(n)]),
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
