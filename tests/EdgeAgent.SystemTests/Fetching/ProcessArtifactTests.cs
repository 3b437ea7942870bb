using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>Artifacts where there is no systemd: the same, with a child of the agent that fetches, and nothing that confines it or the work.</summary>
public sealed class ProcessArtifactTests
{
    [Fact]
    public async Task Work_runs_what_it_comes_in_where_it_was_unpacked()
    {
        await using var server = await ArtifactServer.StartAsync();
        var digest = await server.PackAsync("hello", "tar.gz", ArtifactWork.Version("1"));
        await using var fleet = await GuardedBroker.StartAsync(b => [$"listener {b.Port} 127.0.0.1", "allow_anonymous true"]);
        var configuration = fleet.Configure("plain", "mqtt");
        GuardedBroker.AddTo(configuration, server.Trusted());
        fleet.StartAgent(configuration);
        await GuardedBroker.LogSays(configuration, "Ready");
        var folder = Path.Combine(Path.GetDirectoryName(configuration)!, "state", "artifacts", digest);
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", server.UrlOf("hello"), digest, "ready: {exec: [./bin/ready]}"), "--wait", "--timeout", "40s")).Succeeded();
        await ArtifactWork.LogsAsync(fleet, "hello", $"version 1 at {folder} in {folder}");
        Assert.Contains("curl fetches them", (await fleet.AgentAsync("doctor", configuration)).Output, StringComparison.Ordinal);
    }
}
