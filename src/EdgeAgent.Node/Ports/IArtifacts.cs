using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Node.Ports;

/// <summary>
/// The archives that work comes in, fetched, checked and unpacked on this device (docs/spec/artifacts.md). One that is there is there once for all slots, and stays while a slot uses it, also over
/// the agent's end. Requests return at once, answers come as inputs.
/// </summary>
public interface IArtifacts
{
    /// <summary>Why none can be fetched here, for a person; empty: they can.</summary>
    string Lack { get; }

    /// <summary>Where it is unpacked, or will be.</summary>
    string PathOf(Artifact artifact);

    void Submit(ArtifactRequest request);
}

public abstract record ArtifactRequest
{
    /// <summary>Its kind (<see cref="Core.Reconcile.CoreEvent"/> says why no more).</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>From now on the slot uses it. Answered by <see cref="ArtifactReady"/> or <see cref="ArtifactRefused"/>, once, unless it is released before; meanwhile by <see cref="ArtifactComes"/>.</summary>
/// <param name="Slot">Who uses it.</param>
/// <param name="Artifact">What.</param>
/// <param name="Id">Stands in the answers, so that none is taken for that to a later request.</param>
public sealed record FetchArtifact(SlotId Slot, Artifact Artifact, long Id) : ArtifactRequest;

/// <summary>The slot uses none any more. One that nobody uses may be removed, and a fetch that nobody waits for ends; what has come of it is kept for a while.</summary>
public sealed record ReleaseArtifact(SlotId Slot) : ArtifactRequest;

/// <summary>At the agent's start: these slots are all that an earlier agent has left, and what others used is nobody's.</summary>
public sealed record KeepArtifacts(IReadOnlyList<SlotId> Slots) : ArtifactRequest;

/// <param name="Request">What was asked.</param>
public abstract record ArtifactAnswer(FetchArtifact Request) : NodeInput;

/// <summary>How far it has come, for a person; now and then, and only where it, or what it has to wait for, has come on.</summary>
public sealed record ArtifactComes(FetchArtifact Request, string Detail) : ArtifactAnswer(Request);

/// <summary>It is there. <paramref name="Detail"/> says for a person what it took; empty: it was there before.</summary>
public sealed record ArtifactReady(FetchArtifact Request, string Detail) : ArtifactAnswer(Request);

/// <summary>It isn't, nor anything of it that could be mistaken for it.</summary>
public sealed record ArtifactRefused(FetchArtifact Request, string Reason) : ArtifactAnswer(Request);
