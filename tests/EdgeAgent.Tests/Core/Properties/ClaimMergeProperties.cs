using CsCheck;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using Xunit;

namespace EdgeAgent.Tests.Placement;

/// <summary>Invariant 8 of protocol.md: the state of a slot doesn't depend on the order, nor the number of times, in which words are heard.</summary>
public sealed class ClaimMergeProperties
{
    private const long RunId = 2;
    private static readonly SlotId Slot = new(WorkloadName.Parse("web"), 3);
    private static readonly Incarnation Run = new(7);
    private static readonly NodeId[] Nodes = [.. Enumerable.Range(0, 5).Select(i => NodeId.Parse($"n{i}"))];

    // Small ranges, so that ties in each part of the order are common.
    private static readonly Gen<Claim> AnyClaim = Gen.Select(Gen.Int[0, Nodes.Length - 1].Select(i => Nodes[i]), Gen.Enum<ClaimPhase>(), Gen.Long[0, 3], Gen.Int[0, 2], Gen.Long[0, 3], Gen.Bool)
        .Select((node, phase, epoch, score, runId, isCurrent) => new Claim
        {
            Slot = Slot,
            Node = node,
            Incarnation = isCurrent ? Run : new Incarnation(8),
            Generation = 1,
            Epoch = new(epoch),
            Phase = phase,
            Score = score,
            Order = default,
            Instance = 1,
            RunId = runId,
        });

    /// <summary>What the protocol guarantees: no two words of a node have the same place among its words.</summary>
    private static readonly Gen<Claim[]> Words = AnyClaim.Array[0, 12].Select(claims => claims.Select((c, i) => c with { Order = new(1 + (i / 4), i) }).ToArray());

    [Fact]
    public void Two_claims_are_ordered_one_way_and_equal_only_of_one_node() =>
        Gen.Select(AnyClaim, AnyClaim).Sample((a, b) =>
        {
            var order = ClaimOrder.Compare(a, b, RunId);
            return Math.Sign(order) == -Math.Sign(ClaimOrder.Compare(b, a, RunId)) && (order != 0 || a.Node == b.Node) && ClaimOrder.Compare(a, a, RunId) == 0;
        }, iter: 20_000);

    [Fact]
    public void The_order_of_claims_is_transitive() =>
        Gen.Select(AnyClaim, AnyClaim, AnyClaim).Sample((a, b, c) =>
            ClaimOrder.Compare(a, b, RunId) < 0 || ClaimOrder.Compare(b, c, RunId) < 0 || ClaimOrder.Compare(a, c, RunId) >= 0, iter: 20_000);

    [Fact]
    public void A_slot_is_the_same_in_whatever_order_its_words_come_and_however_often() =>
        Gen.Select(Words.Where(w => w.Length > 0), Gen.Int).Sample((words, seed) =>
        {
            var random = new Random(seed);
            var again = words.Concat(words.Where(_ => random.Next(2) == 0)).ToArray();
            random.Shuffle(again);
            return State(Merged(words)) == State(Merged(again));
        }, iter: 5_000);

    [Fact]
    public void Words_merged_in_parts_give_what_they_give_together() =>
        Gen.Select(Words, Gen.Int[0, 12]).Sample((words, cut) =>
        {
            var (left, right) = (words.Take(cut).ToArray(), words.Skip(cut).ToArray());
            var parts = Merged(left);
            foreach (var node in Nodes)
            {
                // What a slot has kept of the second part is all that the first has to hear of it.
                if (Merged(right).Of(node) is { } word)
                {
                    parts.Hear(word, retained: true, TimeSpan.Zero);
                }
            }

            return State(parts).Words == State(Merged(words)).Words;
        }, iter: 5_000);

    private static SlotClaims Merged(IEnumerable<Claim> words)
    {
        var claims = new SlotClaims(Slot);
        foreach (var word in words)
        {
            claims.Hear(word, retained: false, TimeSpan.Zero);
        }

        return claims;
    }

    private static (string Words, Epoch Highest) State(SlotClaims claims) =>
        ($"{claims.Greatest(Run, RunId)?.Claim}|{string.Join('|', Nodes.Select(claims.Of))}", claims.HighestEpoch);
}
