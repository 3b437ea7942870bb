using System.Diagnostics;
using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Systemd;
using Xunit;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>Artifacts in an object store that answers only to signed requests (AWS Signature Version 4): OpenStack Swift with its s3api (tests/lab/object-store.sh).</summary>
public sealed class ObjectStoreTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const string Key = "tester";
    private const string Secret = "testing";
    private const string WrongSecret = "not-at-all-the-secret";
    private const int Lacking = 77;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_signed_request_brings_it_and_no_other_does()
    {
        await using var server = await ArtifactServer.StartAsync();
        var digest = await server.PackAsync("hello", "tar.zst", ArtifactWork.Version("of the store"));
        var root = Directory.CreateTempSubdirectory("edge-s3").FullName;
        var port = Ports.Free();
        using var store = Process.Start(Artifacts.RepositoryFile("tests/lab/object-store.sh"), [root, $"{port}"]);
        try
        {
            await Eventually.Is(async () => store.HasExited || (await Ports.ListensAsync(port) && await Ports.ListensAsync(port + 3)), l => l, Soon, _ => "nothing listens", "the store listening");
            Assert.SkipWhen(store is { HasExited: true, ExitCode: Lacking }, "OpenStack Swift is missing: run ./build.sh setup --lab");
            var url = $"http://localhost:{port}/artifacts/infer/hello.tar.zst";
            await PutAsync($"http://localhost:{port}/artifacts", "-X", "PUT", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD");
            await PutAsync(url, "--upload-file", Path.Combine(server.Files, "hello"), "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD");

            await FetchAsync("signs", Secret, url, digest, "\"running\"");
            await FetchAsync("missigns", WrongSecret, url, digest, "its artifact does not come: 403");
            await FetchAsync("signs-not", "", url, digest, "its artifact does not come: 400");
            var told = (await lab.RunAsync("journalctl", "--no-pager", "-o", "verbose")).Succeeded().Output;
            Assert.DoesNotContain(WrongSecret, told, StringComparison.Ordinal);
        }
        finally
        {
            store.Kill(entireProcessTree: true);
            await store.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task FetchAsync(string node, string secret, string url, string digest, string says)
    {
        var key = Path.Combine(lab.Share, $"{node}.key");
        await File.WriteAllTextAsync(key, $"{Key}:{secret}\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        await using var fleet = await lab.StartAsync(node, ["[Artifacts]", "Http=yes", .. secret.Length > 0 ? [$"S3=us-east-1@{url[..url.IndexOf("infer", StringComparison.Ordinal)]}={key}"] : Array.Empty<string>()]);
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("hello", url, digest))).Succeeded();
        await ArtifactWork.SaysAsync(fleet, "hello", says);
    }

    private static async Task PutAsync(string url, params string[] more) =>
        (await Command.RunAsync("curl", ["--silent", "--show-error", "--fail", "--retry", "5", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", $"{Key}:{Secret}", .. more, url], new Dictionary<string, string>())).Succeeded();
}
