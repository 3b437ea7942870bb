using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>
/// Exclusive work behind two bridged brokers that part without a word, each going on with its own devices: it runs where most of its voters are, and by its own word never
/// two of a slot run at one time (docs/adr/0014).
/// </summary>
public sealed class BridgedFleetTests
{
    private const int Nodes = 4;
    private const int Slots = 4;
    private const int Attempts = 5;
    private static readonly string[] Behind = ["n3", "n4"];
    private static readonly TimeSpan Recovers = TimeSpan.FromSeconds(60);

    [Fact]
    public Task Two_never_run_on_two_sides_of_a_cut_bridge() => NeverTwoAsync(rounds: 1);

    [Fact]
    [Trait("Category", "soak")]
    public Task Two_never_run_on_two_sides_of_a_cut_bridge_in_many_rounds() => NeverTwoAsync(rounds: 50);

    private static async Task NeverTwoAsync(int rounds)
    {
        await using var fleet = await LabFleet.UpAsync(Nodes);
        await fleet.BridgeAsync(Behind);
        await fleet.OnlineAsync(Nodes);
        var work = new TokenBeats(fleet.Share("beats"));
        var moved = 0;
        for (var round = 0; round < rounds; round++)
        {
            moved += await PlaceBehindAsync(fleet, work, $"alone-{round}");
            await fleet.CutBridgeAsync();
            await RunsAsync(work, Behind);
            await fleet.HealBridgeAsync();
            await fleet.OnlineAsync(Nodes);
            await RunsAsync(work, []);
            (await fleet.AskAsync("delete", $"alone-{round}", "--wait")).Succeeded();
        }

        work.NeverTwo();
        TestContext.Current.TestOutputHelper?.WriteLine($"measured: bridge cut, {rounds} rounds, {moved} slots had their holder behind it, {work.Reigns().Count} holders in all, no overlap");
    }

    /// <summary>How many of its slots have their holder behind the bridge. A preference is no more than that: it is placed again where it gave none.</summary>
    private static async Task<int> PlaceBehindAsync(LabFleet fleet, TokenBeats work, string name)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await fleet.PlaceAsync(Manifest(work, name));
            if ((await RunsAsync(work, [])).Count(p => Behind.Contains(p.Node)) is var behind and > 0)
            {
                return behind;
            }

            (await fleet.AskAsync("delete", name, "--wait")).Succeeded();
        }

        throw new InvalidOperationException($"in {Attempts} placements none of {Slots} slots went to {string.Join(" or ", Behind)}, which they prefer");
    }

    private static string Manifest(TokenBeats work, string name) => $$$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{{name}}}}
        spec:
          replicas: {{{Slots}}}
          partition: exclusive
          exclusive: {lease: 3s, voters: [n1, n2, n3]}
          stop: {timeout: 1s}
          prefers: [{{{string.Join(", ", Behind.Select(n => $"{{weight: 100, labels: {{lab: {n}}}}}"))}}}]
          run: {exec: {command: [{{{string.Join(", ", work.Command.Select(c => JsonSerializer.Serialize(c)))}}}]}}
        """;

    private static Task<IReadOnlyList<WorkProcess>> RunsAsync(TokenBeats work, string[] butNotOn) => Eventually.Is(
        () => Task.FromResult(work.Living()),
        l => l.Count == Slots && l.Select(p => p.Slot).Distinct().Count() == Slots && !l.Any(p => butNotOn.Contains(p.Node)),
        Recovers,
        l => string.Join(", ", l),
        $"each slot once{(butNotOn.Length > 0 ? $", and none on {string.Join(" or ", butNotOn)}" : "")}");
}
