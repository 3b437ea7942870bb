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
    private static readonly string[] Before = ["n1", "n2"];
    private static readonly string[] Behind = ["n3", "n4"];

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
        for (var round = 0; round < rounds; round++)
        {
            await PlaceBehindAsync(fleet, work, $"alone-{round}");
            await fleet.CutBridgeAsync();
            await work.RunEachOnceAsync(Slots, Behind);
            await fleet.HealBridgeAsync();
            await fleet.OnlineAsync(Nodes);
            await work.RunEachOnceAsync(Slots);
            var deleted = await fleet.AskAsync("delete", $"alone-{round}", "--wait", "--timeout", "60s");
            if (deleted.ExitCode != 0)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"round {round}:\n{await fleet.TellAsync()}");
            }

            deleted.Succeeded();
        }

        work.NeverTwo();
        TestContext.Current.TestOutputHelper?.WriteLine($"measured: bridge cut, {rounds} rounds, each with {Slots} slots that had their holder behind it; {work.Reigns().Count} holders in all, no overlap");
    }

    /// <summary>All its slots get their holder behind the bridge, because the others have no room; then these are empty again.</summary>
    private static async Task PlaceBehindAsync(LabFleet fleet, TokenBeats work, string name)
    {
        foreach (var node in Before)
        {
            await fleet.PlaceAsync($$$"""
                apiVersion: edge/v1
                kind: Workload
                metadata: {name: fills-{{{node}}}}
                spec:
                  requires: {labels: {lab: {{{node}}}}}
                  resources: {cpu: "{{{Environment.ProcessorCount}}}"}
                  run: {exec: {command: [/bin/sleep, infinity]}}
                """);
        }

        await fleet.PlaceAsync(Manifest(work, name));
        await work.RunEachOnceAsync(Slots, Before);
        foreach (var node in Before)
        {
            (await fleet.AskAsync("delete", $"fills-{node}", "--wait")).Succeeded();
        }
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
          resources: {cpu: 10m}
          run: {exec: {command: [{{{string.Join(", ", work.Command.Select(c => JsonSerializer.Serialize(c)))}}}]}}
        """;
}
