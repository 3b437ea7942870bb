namespace EdgeAgent.Core;

/// <summary>
/// Rules that can be broken one at a time, to see that the simulator notices (<c>./build.sh simulate --mutations</c>). In the product each is a constant
/// <c>false</c>, which the compiler leaves out together with what stands behind it.
/// </summary>
public static class Mutation
{
#if EDGE_MUTATIONS
    /// <summary>All names.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        nameof(NoEchoWait),
        nameof(NoTieBreak),
        nameof(ScoreBeatsHeld),
        nameof(TakerDoesNotWaitTheLease),
        nameof(ShortOfW),
        nameof(HolderCountsFromReceipt),
        nameof(ConnackRenews),
        nameof(LapsedLeaseRevived),
        nameof(NoReadBack),
        nameof(AbsenceKeptAcrossReconnect),
        nameof(MissingClaimMeansVacantAtOnce),
        nameof(ReconnectWindowIgnored),
        nameof(RetainedOnlineBelieved),
        nameof(RetainedReleasedCountsAtOnce),
        nameof(WithdrawnVacates),
        nameof(MereBidStopsTheHolder),
        nameof(SeenVacates),
        nameof(EpochNotPersisted),
        nameof(BarrierSkipped),
        nameof(ReleasedBeforeTheProcessesEnded),
        nameof(FenceNotArmed),
        nameof(ResourcesReservedOnlyAtStart),
        nameof(OldGenerationAccepted),
        nameof(EqualGenerationsNotOrdered),
        nameof(PermitNotCountedAfterTheEcho),
        nameof(VanishedRivalIgnored),
        nameof(EpochOfAVanishedRivalTaken),
        nameof(LostEchoWaitedForEver),
        nameof(EchoCountsAtOnce),
        nameof(LongestLeaseCounts),
        nameof(CopiedDiskGivesUpAtOnce),
        nameof(SucceededDoesNotAbsorb),
        nameof(GreaterClaimIgnored),
        nameof(GrantOfOneIsEnough),
        nameof(VoterGrantsTwice),
        nameof(NewVoterGrantsAtOnce),
        nameof(RejectionIgnored),
        nameof(RejectionNotHeard),
        nameof(HandedOverOnHeld),
        nameof(EqualPriorityPreempted),
        nameof(PreemptedBeforeHeld),
        nameof(StartedBeforeThereIsRoom),
        nameof(PreemptedWithoutPermit),
        nameof(EvictedWithoutPermit),
        nameof(ApartOneSided),
        nameof(OfferTakenByAnyone),
    ];

    /// <summary>The rule that is broken now; empty: none.</summary>
    public static string Broken { get; set; } = "";

    public static bool NoEchoWait => Broken == nameof(NoEchoWait);

    public static bool NoTieBreak => Broken == nameof(NoTieBreak);

    public static bool ScoreBeatsHeld => Broken == nameof(ScoreBeatsHeld);

    public static bool TakerDoesNotWaitTheLease => Broken == nameof(TakerDoesNotWaitTheLease);

    public static bool ShortOfW => Broken == nameof(ShortOfW);

    public static bool HolderCountsFromReceipt => Broken == nameof(HolderCountsFromReceipt);

    public static bool ConnackRenews => Broken == nameof(ConnackRenews);

    public static bool LapsedLeaseRevived => Broken == nameof(LapsedLeaseRevived);

    public static bool NoReadBack => Broken == nameof(NoReadBack);

    public static bool AbsenceKeptAcrossReconnect => Broken == nameof(AbsenceKeptAcrossReconnect);

    public static bool MissingClaimMeansVacantAtOnce => Broken == nameof(MissingClaimMeansVacantAtOnce);

    public static bool ReconnectWindowIgnored => Broken == nameof(ReconnectWindowIgnored);

    public static bool RetainedOnlineBelieved => Broken == nameof(RetainedOnlineBelieved);

    public static bool RetainedReleasedCountsAtOnce => Broken == nameof(RetainedReleasedCountsAtOnce);

    public static bool WithdrawnVacates => Broken == nameof(WithdrawnVacates);

    public static bool MereBidStopsTheHolder => Broken == nameof(MereBidStopsTheHolder);

    public static bool SeenVacates => Broken == nameof(SeenVacates);

    public static bool EpochNotPersisted => Broken == nameof(EpochNotPersisted);

    public static bool BarrierSkipped => Broken == nameof(BarrierSkipped);

    public static bool ReleasedBeforeTheProcessesEnded => Broken == nameof(ReleasedBeforeTheProcessesEnded);

    public static bool FenceNotArmed => Broken == nameof(FenceNotArmed);

    public static bool ResourcesReservedOnlyAtStart => Broken == nameof(ResourcesReservedOnlyAtStart);

    public static bool OldGenerationAccepted => Broken == nameof(OldGenerationAccepted);

    public static bool EqualGenerationsNotOrdered => Broken == nameof(EqualGenerationsNotOrdered);

    public static bool PermitNotCountedAfterTheEcho => Broken == nameof(PermitNotCountedAfterTheEcho);

    public static bool VanishedRivalIgnored => Broken == nameof(VanishedRivalIgnored);

    public static bool EpochOfAVanishedRivalTaken => Broken == nameof(EpochOfAVanishedRivalTaken);

    public static bool LostEchoWaitedForEver => Broken == nameof(LostEchoWaitedForEver);

    public static bool EchoCountsAtOnce => Broken == nameof(EchoCountsAtOnce);

    public static bool LongestLeaseCounts => Broken == nameof(LongestLeaseCounts);

    public static bool CopiedDiskGivesUpAtOnce => Broken == nameof(CopiedDiskGivesUpAtOnce);

    public static bool SucceededDoesNotAbsorb => Broken == nameof(SucceededDoesNotAbsorb);

    public static bool GreaterClaimIgnored => Broken == nameof(GreaterClaimIgnored);

    public static bool GrantOfOneIsEnough => Broken == nameof(GrantOfOneIsEnough);

    public static bool VoterGrantsTwice => Broken == nameof(VoterGrantsTwice);

    public static bool NewVoterGrantsAtOnce => Broken == nameof(NewVoterGrantsAtOnce);

    public static bool RejectionIgnored => Broken == nameof(RejectionIgnored);

    public static bool RejectionNotHeard => Broken == nameof(RejectionNotHeard);

    public static bool HandedOverOnHeld => Broken == nameof(HandedOverOnHeld);

    public static bool EqualPriorityPreempted => Broken == nameof(EqualPriorityPreempted);

    public static bool PreemptedBeforeHeld => Broken == nameof(PreemptedBeforeHeld);

    public static bool StartedBeforeThereIsRoom => Broken == nameof(StartedBeforeThereIsRoom);

    public static bool PreemptedWithoutPermit => Broken == nameof(PreemptedWithoutPermit);

    public static bool EvictedWithoutPermit => Broken == nameof(EvictedWithoutPermit);

    public static bool ApartOneSided => Broken == nameof(ApartOneSided);

    public static bool OfferTakenByAnyone => Broken == nameof(OfferTakenByAnyone);
#else
    public const bool NoEchoWait = false;

    public const bool NoTieBreak = false;

    public const bool ScoreBeatsHeld = false;

    public const bool TakerDoesNotWaitTheLease = false;

    public const bool ShortOfW = false;

    public const bool HolderCountsFromReceipt = false;

    public const bool ConnackRenews = false;

    public const bool LapsedLeaseRevived = false;

    public const bool NoReadBack = false;

    public const bool AbsenceKeptAcrossReconnect = false;

    public const bool MissingClaimMeansVacantAtOnce = false;

    public const bool ReconnectWindowIgnored = false;

    public const bool RetainedOnlineBelieved = false;

    public const bool RetainedReleasedCountsAtOnce = false;

    public const bool WithdrawnVacates = false;

    public const bool MereBidStopsTheHolder = false;

    public const bool SeenVacates = false;

    public const bool EpochNotPersisted = false;

    public const bool BarrierSkipped = false;

    public const bool ReleasedBeforeTheProcessesEnded = false;

    public const bool FenceNotArmed = false;

    public const bool ResourcesReservedOnlyAtStart = false;

    public const bool OldGenerationAccepted = false;

    public const bool EqualGenerationsNotOrdered = false;

    public const bool PermitNotCountedAfterTheEcho = false;

    public const bool VanishedRivalIgnored = false;

    public const bool EpochOfAVanishedRivalTaken = false;

    public const bool LostEchoWaitedForEver = false;

    public const bool EchoCountsAtOnce = false;

    public const bool LongestLeaseCounts = false;

    public const bool CopiedDiskGivesUpAtOnce = false;

    public const bool SucceededDoesNotAbsorb = false;

    public const bool GreaterClaimIgnored = false;

    public const bool GrantOfOneIsEnough = false;

    public const bool VoterGrantsTwice = false;

    public const bool NewVoterGrantsAtOnce = false;

    public const bool RejectionIgnored = false;

    public const bool RejectionNotHeard = false;

    public const bool HandedOverOnHeld = false;

    public const bool EqualPriorityPreempted = false;

    public const bool PreemptedBeforeHeld = false;

    public const bool StartedBeforeThereIsRoom = false;

    public const bool PreemptedWithoutPermit = false;
    public const bool EvictedWithoutPermit = false;

    public const bool ApartOneSided = false;

    public const bool OfferTakenByAnyone = false;
#endif
}
