using System.Text;
using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Systemd;
using Xunit;

namespace EdgeAgent.SystemTests.Fetching;

/// <summary>Archives that were made to do harm (tests/lab/hostile-archives.py): each is refused with what is wrong with it, and nothing of it is left.</summary>
public sealed class HostileArchiveTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    private const int Least = 45;
    private const string Place = "/var/lib/edge-artifacts-default_hostile";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    /// <summary>What none of them may have brought about, anywhere on the device: their files outside, another name of a secret, a device, a program of root's.</summary>
    private const string Look = "find / -xdev '(' -name escaped -o -name edge-escaped ')'; stat -c '%n %h %a %U' /etc/shadow; find / -xdev '(' -type b -o -type c -o -type p -o -perm /6000 -type f ')'";

    [Fact]
    public async Task None_escapes_none_fills_the_disk_and_each_says_what_is_wrong()
    {
        await using var server = await ArtifactServer.StartAsync();
        (await Command.RunAsync(Artifacts.RepositoryFile("tests/lab/hostile-archives.py"), [server.Files], new Dictionary<string, string>())).Succeeded();
        var names = Directory.GetFiles(server.Files).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        Assert.True(names.Count >= Least, $"only {names.Count} archives were made");
        await using var fleet = await lab.StartAsync("hostile", server.Trusted("Disk=64Mi"));
        var before = (await lab.RunAsync("sh", "-c", Look)).Succeeded().Output;

        var manifests = new StringBuilder();
        foreach (var name in names)
        {
            manifests.AppendLine("---").AppendLine(ArtifactWork.Manifest(name, server.UrlOf(name), await ArtifactServer.DigestOf(Path.Combine(server.Files, name)), "progressDeadline: 2m"));
        }

        (await ArtifactWork.ApplyAsync(fleet, manifests.ToString())).Succeeded();
        var peak = 0L;
        var told = await Eventually.Is(ReasonsAsync, r => names.All(n => r.GetValueOrDefault(n, "").Contains("its artifact ", StringComparison.Ordinal)), Long, r => string.Join('\n', names.Where(n => !r.GetValueOrDefault(n, "").Contains("its artifact ", StringComparison.Ordinal))), "all are refused");

        // By what they are, and not because something else went wrong: a process that was killed, or a disk that was full.
        Assert.DoesNotContain(told, t => t.Value.Contains("what fetches it ended", StringComparison.Ordinal) || t.Value.Contains("no room on the device", StringComparison.Ordinal) || t.Value.Contains("does not come", StringComparison.Ordinal));
        Assert.InRange(told.Values.Select(Kind).Distinct(StringComparer.Ordinal).Count(), 15, int.MaxValue);
        Assert.Equal(before, (await lab.RunAsync("sh", "-c", Look)).Succeeded().Output);
        Assert.Equal("", (await lab.RunAsync("sh", "-c", $"find {Place} /var/lib/private/edgefetch-* -type f -not -path '*/uses/*'")).Output.Trim());
        Assert.InRange(peak, 1, 64 << 10);

        // Somebody who reads the events sees it too, and what came afterwards works.
        var digest = await server.PackAsync("good", "tar.gz", ArtifactWork.Version("good"));
        (await ArtifactWork.ApplyAsync(fleet, ArtifactWork.Manifest("good", server.UrlOf("good"), digest), "--wait", "--timeout", "60s")).Succeeded();

        async Task<Dictionary<string, string>> ReasonsAsync()
        {
            // The agent's own memory: none of what is packed is in it.
            peak = Math.Max(peak, long.Parse((await lab.RunAsync("sh", "-c", "awk '/^VmHWM/ {print $2}' /proc/$(systemctl show -p MainPID --value agent-hostile)/status")).Succeeded().Output, System.Globalization.CultureInfo.InvariantCulture));
            using var json = JsonDocument.Parse((await SystemdLab.CtlAsync(fleet, "", "get", "slots", "-o", "json")).Succeeded().Output);
            var reasons = new Dictionary<string, string>();
            foreach (var slot in json.RootElement.GetProperty("items").EnumerateArray())
            {
                reasons[slot.GetProperty("workload").GetString()!] = slot.GetProperty("reason").GetString()!;
            }

            return reasons;
        }
    }

    private static string Kind(string reason) => string.Join(' ', reason[reason.IndexOf("its artifact ", StringComparison.Ordinal)..].Split(' ').Take(7));
}
