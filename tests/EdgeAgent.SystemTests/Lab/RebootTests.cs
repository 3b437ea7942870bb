using System.Text.Json;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>Devices that an operator restarts from afar, and those that won't.</summary>
public sealed class RebootTests
{
    private const string Polkit = "/usr/lib/polkit-1/polkitd";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_device_restarts_through_logind_and_without_it_and_its_pinned_work_starts_again()
    {
        await using var fleet = await LabFleet.UpAsync(2);
        var work = fleet.Work("pinned");
        await fleet.PlaceAsync(Manifest.Of("pinned", 4, work, "  partition: pin"));
        var before = work.Living();
        var boot = await BootAsync(fleet, "n1");

        var done = (await fleet.AskAsync("reboot", "n1", "--wait", "--timeout", "60s")).Succeeded().Output;
        Assert.Matches("^n1 restarts\nn1 came back after [0-9]+ s \\(new instance\\)\n$", done);
        Assert.NotEqual(boot, boot = await BootAsync(fleet, "n1"));
        await work.LiveAsync(l => Slots(l).SequenceEqual(Slots(before)), Soon, "each where it was");
        Assert.Equal(before.Where(p => p.Node == "n2"), work.Living().Where(p => p.Node == "n2"));

        // Also from the device itself, and where nobody but the manager can be asked; each is seen as a restart while it lasts.
        await SeenAsync(fleet, async () => (await fleet.RunAsync("n1", "systemctl", "reboot")).Succeeded());
        Assert.NotEqual(boot, boot = await BootAsync(fleet, "n1"));
        (await fleet.RunAsync("n1", "systemctl", "mask", "--runtime", "--now", "systemd-logind")).Succeeded();
        await SeenAsync(fleet, async () => (await fleet.AskAsync("reboot", "n1")).Succeeded());
        Assert.NotEqual(boot, await BootAsync(fleet, "n1"));
        await work.LiveAsync(l => Slots(l).SequenceEqual(Slots(before)), Soon, "each where it was");
    }

    [Fact]
    public async Task What_holds_a_restart_off_is_named_and_can_be_overruled()
    {
        await using var fleet = await LabFleet.UpAsync(1);
        (await fleet.RunAsync("n1", "systemd-run", "--unit=backup", "systemd-inhibit", "--what=shutdown", "--who=backup", "--why=the nightly backup runs", "--mode=block", "sleep", "1000")).Succeeded();
        await Eventually.Is(async () => (await fleet.RunAsync("n1", "systemd-inhibit", "--list", "--no-pager")).Output, o => o.Contains("nightly", StringComparison.Ordinal), Soon, o => o, "the backup's lock");
        var refused = await fleet.AskAsync("reboot", "n1", "--wait");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("n1: backup holds it off: the nightly backup runs", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("online", await StateAsync(fleet));
        (await fleet.AskAsync("reboot", "n1", "--ignore-inhibitors", "--wait", "--timeout", "60s")).Succeeded();
    }

    [Fact]
    public async Task An_agent_that_is_not_root_says_which_rule_of_polkit_it_lacks_and_with_that_rule_it_may()
    {
        await using var fleet = await LabFleet.UpAsync(1);
        await AsUserAsync(fleet);
        var refused = await fleet.AskAsync("reboot", "user");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("user: the user edge, whom the agent runs as, may not restart the machine:", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("""if (action.id == "org.freedesktop.login1.reboot" && subject.user == "edge") return polkit.Result.YES;""", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("has no systemd: units are had of nodes whose runtime is systemd", (await fleet.AskAsync("start", "user", "ssh")).Errors, StringComparison.Ordinal);
        Assert.Contains("Kernel: Linux", (await fleet.AskAsync("status", "user")).Succeeded().Output, StringComparison.Ordinal);

        Assert.SkipUnless(File.Exists(Polkit), $"that the rule helps is not shown: {Polkit} is missing (./build.sh setup --lab)");
        var rule = refused.Errors[refused.Errors.IndexOf("polkit.addRule", StringComparison.Ordinal)..].Trim();
        (await fleet.RunAsync("n1", "/bin/sh", "-c", $"cat >/etc/polkit-1/rules.d/50-edgeagent.rules <<'RULE'\n{rule}\nRULE\nsystemctl start polkit")).Succeeded();
        var boot = await BootAsync(fleet, "n1");
        Assert.Equal("user restarts\n", (await fleet.AskAsync("reboot", "user")).Succeeded().Output);
        await Eventually.Is(() => BootAsync(fleet, "n1"), b => b.Length > 0 && b != boot, Soon, b => b, "another boot");
        await fleet.OnlineAsync(1);
    }

    /// <summary>A second agent on the device, as the user edge, with plain processes.</summary>
    private static async Task AsUserAsync(LabFleet fleet)
    {
        const string Script = """
            useradd --create-home edge
            sed -e 's/^Name=.*/Name=user\nStateDirectory=\/home\/edge\/state\nRuntimeDirectory=\/home\/edge\/run/' -e 's/^Kind=.*/Kind=process/' /etc/edgeagent/agent.conf >/home/edge/agent.conf
            systemd-run --unit=agent-user --uid=edge /usr/bin/edgeagent run --config /home/edge/agent.conf
            """;
        (await fleet.RunAsync("n1", "/bin/sh", "-ec", Script)).Succeeded();
        await Eventually.Is(async () => (await fleet.AskAsync("get", "nodes")).Output, o => o.Split('\n').Any(l => l.StartsWith("user ", StringComparison.Ordinal) && l.Contains("online", StringComparison.Ordinal)), Soon, o => o, "the user's agent online");
    }

    /// <summary>Its presence says that it restarts, and then that it is back.</summary>
    private static async Task SeenAsync(LabFleet fleet, Func<Task> restart)
    {
        await restart();
        await Eventually.Is(() => StateAsync(fleet), s => s == "restarting", Soon, s => s, "n1 restarting");
        await fleet.OnlineAsync(2);
    }

    private static async Task<string> StateAsync(LabFleet fleet)
    {
        using var nodes = JsonDocument.Parse((await fleet.AskAsync("get", "nodes", "n1", "-o", "json")).Succeeded().Output);
        return nodes.RootElement.GetProperty("items")[0].GetProperty("state").GetString() ?? "";
    }

    /// <summary>When its first process was started; all containers have this machine's one boot id.</summary>
    private static async Task<string> BootAsync(LabFleet fleet, string node) =>
        (await fleet.RunAsync(node, "systemctl", "show", "-p", "UserspaceTimestampMonotonic", "--value")).Output.Trim();

    private static List<(string Node, string Slot)> Slots(IEnumerable<WorkProcess> living) => [.. living.Select(p => (p.Node, p.Slot))];
}
