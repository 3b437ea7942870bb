using System.Security.Cryptography;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Security;
using EdgeCtl.Connection;
using EdgeCtl.Manifest;

namespace EdgeCtl.Changing;

internal enum ChangeOutcome
{
    Created,
    Changed,
    Unchanged,
    Deleted,
}

/// <summary>
/// Changes one workload's intent: what stands there was read before, the next generation is signed and sent, its echo awaited and what
/// stands there read again. Whom another operator overtook is told.
/// </summary>
internal sealed class IntentChange(FleetConnection connection, FleetView view, OperatorKey key, TimeProvider time)
{
    /// <summary>The intent that holds now. <paramref name="isForced"/>: over one that can't be read, and where the spec is the same.</summary>
    public async Task<(Intent Intent, ChangeOutcome Outcome)> ApplyAsync(WorkloadName workload, WorkloadSpec spec, bool isForced, CancellationToken cancel)
    {
        RefuseUnread(workload, isForced);
        var known = view.Intents.GetValueOrDefault(workload);
        var changes = ManifestText.Changes(workload, known?.Spec, spec);
        if (known is { IsTombstone: false } && changes.Count == 0 && !isForced)
        {
            return (await StandingAsync(known, cancel).ConfigureAwait(false), ChangeOutcome.Unchanged);
        }

        var isNew = known is null or { IsTombstone: true };
        var generation = isNew ? 1 : known!.Generation + 1;
        var draft = Draft(workload, known) with
        {
            Incarnation = isNew ? Incarnation.FromBytes(RandomNumberGenerator.GetBytes(Incarnation.ByteCount)) : known!.Incarnation,
            Generation = generation,
            Spec = spec,
            RunId = isNew || ManifestText.ChangesTheWork(changes) || (isForced && changes.Count == 0) ? generation : known!.RunId,
            Follows = known is { IsTombstone: true } ? known.Incarnation : known?.Follows ?? default,
            Features = FeaturesOf(spec),
        };
        return (await SendAsync(draft, cancel).ConfigureAwait(false), isNew ? ChangeOutcome.Created : ChangeOutcome.Changed);
    }

    /// <summary>A tombstone. Throws where there is nothing to delete.</summary>
    public async Task<Intent> DeleteAsync(WorkloadName workload, CancellationToken cancel)
    {
        RefuseUnread(workload, isForced: false);
        if (view.Intents.GetValueOrDefault(workload) is not { IsTombstone: false } known)
        {
            throw new CtlException(ExitCode.Failed, $"there is no workload {workload}: edgectl get workloads lists what there is");
        }

        return await SendAsync(Draft(workload, known) with { RunId = known.RunId, Follows = known.Follows }, cancel).ConfigureAwait(false);
    }

    /// <summary>What a node must be able to do for this spec.</summary>
    public static IReadOnlyList<string> FeaturesOf(WorkloadSpec spec) => spec.Mode switch
    {
        WorkloadMode.Everywhere => ["mode.everywhere/1", "run.exec/1"],
        WorkloadMode.Job => ["mode.job/1", "run.exec/1"],
        _ => ["run.exec/1"],
    };

    private Intent Draft(WorkloadName workload, Intent? known) => new()
    {
        Workload = workload,
        Incarnation = known?.Incarnation ?? default,
        Generation = (known?.Generation ?? 0) + 1,
        Digest = default,
        Signed = default,
        EpochFloor = Math.Max(known?.EpochFloor ?? 0, view.SlotsOf(workload).SelectMany(view.ClaimsOn).Select(c => c.Epoch.Value).DefaultIfEmpty(0).Max()),
        DerivedFrom = known?.Digest ?? default,
        SignedAt = time.GetUtcNow(),
    };

    private void RefuseUnread(WorkloadName workload, bool isForced)
    {
        if (!isForced && view.Unread.TryGetValue(workload, out var error) && !view.Intents.ContainsKey(workload))
        {
            throw new CtlException(ExitCode.Failed, $"what stands under the name {workload} can't be read with this key ({error.Message}): use that operator's key (--key FILE), or apply with --force to replace it");
        }
    }

    private async Task<Intent> SendAsync(Intent draft, CancellationToken cancel)
    {
        var intent = IntentCodec.Sign(draft, key, connection.Topics);
        if (intent.Signed.Length > EdgeAgent.Protocol.ProtocolLimits.PayloadBytesMax)
        {
            throw new CtlException(ExitCode.Failed, $"{draft.Workload} has {intent.Signed.Length} bytes when signed, at most {EdgeAgent.Protocol.ProtocolLimits.PayloadBytesMax} can be sent: shorten its command and environment");
        }

        await connection.PublishAsync(connection.Topics.Intent(intent.Workload), intent.Signed, retain: true, cancel).ConfigureAwait(false);
        return await StandingAsync(intent, cancel).ConfigureAwait(false);
    }

    /// <summary>Sees to it that this is what stands there, or tells who was quicker.</summary>
    private async Task<Intent> StandingAsync(Intent intent, CancellationToken cancel)
    {
        if (!IsStanding(intent))
        {
            await connection.ReadToBarrierAsync(m => view.Hear(m), cancel).ConfigureAwait(false);
        }

        if (view.Intents.GetValueOrDefault(intent.Workload) is { } now && now.Digest != intent.Digest && now.Supersedes(intent))
        {
            throw new CtlException(ExitCode.Failed, $"{intent.Workload} was changed by another operator at the same time, whose change holds: look at it with edgectl get workloads {intent.Workload} -o yaml, and apply again");
        }

        if (!IsStanding(intent))
        {
            // Ours is the greater and the other's came last, or the store lost it: the retained word has to be the one that holds.
            await connection.PublishAsync(connection.Topics.Intent(intent.Workload), intent.Signed, retain: true, cancel).ConfigureAwait(false);
            await connection.ReadToBarrierAsync(m => view.Hear(m), cancel).ConfigureAwait(false);
        }

        return IsStanding(intent)
            ? intent
            : throw new CtlException(ExitCode.Failed, $"the broker took {intent.Workload} and does not deliver it: its access rules may forbid {connection.Topics.Intent(intent.Workload)}, or somebody overwrites it");
    }

    private bool IsStanding(Intent intent) => view.WordOf(intent.Workload).Span.SequenceEqual(intent.Signed.Span);
}
