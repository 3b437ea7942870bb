using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Systemd;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>Manifests of work that comes in an artifact, and what becomes of it.</summary>
internal static class ArtifactWork
{
    public const string Hello = """
        #!/bin/sh
        echo "version $(cat data/version) at $PWD in $EDGE_ARTIFACT"
        touch "$EDGE_ARTIFACT/mine" 2>/dev/null && echo writable || echo read-only
        exec sleep 1000
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public static (string Path, string Text)[] Version(string version) => [("bin/hello", Hello), ("bin/ready", "#!/bin/sh\ntest -f data/version\n"), ("data/version", version)];

    public static string Manifest(string name, string url, string sha256, string more = "", string command = "./bin/hello") => $$$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{{name}}}}
        spec:
          run: {exec: {command: [{{{command}}}], artifact: {url: "{{{url}}}", sha256: "{{{sha256}}}" } } }
          {{{more}}}
        """;

    public static Task<CommandResult> ApplyAsync(GuardedBroker fleet, string manifest, params string[] more) => SystemdLab.CtlAsync(fleet, manifest, ["apply", "-f", "-", .. more]);

    /// <summary>The first slot's phase and reason, when the reason says so.</summary>
    public static Task<string> SaysAsync(GuardedBroker fleet, string name, string what) => Eventually.Is(
        () => ReasonAsync(fleet, name), r => r.Contains(what, StringComparison.Ordinal), Soon, r => r, what);

    public static Task<string> LogsAsync(GuardedBroker fleet, string name, string what) => Eventually.Is(
        async () => (await SystemdLab.CtlAsync(fleet, "", "logs", name)).Output, o => o.Contains(what, StringComparison.Ordinal), Soon, o => o, what);

    private static async Task<string> ReasonAsync(GuardedBroker fleet, string name)
    {
        var slots = (await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "json")).Succeeded().Output;
        using var json = JsonDocument.Parse(slots);
        var items = json.RootElement.TryGetProperty("items", out var list) ? list : json.RootElement;
        foreach (var item in items.EnumerateArray())
        {
            if (item.GetRawText().Contains($"\"{name}\"", StringComparison.Ordinal) || item.GetRawText().Contains($"\"{name}/", StringComparison.Ordinal))
            {
                return item.GetRawText();
            }
        }

        return slots;
    }
}
