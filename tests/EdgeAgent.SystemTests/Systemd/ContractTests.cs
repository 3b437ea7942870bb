using System.Reflection;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.SystemTests.Frame;
using EdgeAgent.SystemTests.Lab;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd;

/// <summary>
/// What the agent relies on of the D-Bus contracts of systemd and of the services beside it, compared with what these say of themselves by introspection. Of
/// a service that isn't installed there the output says that it was left out.
/// </summary>
public sealed class ContractTests(SystemdLab lab) : IClassFixture<SystemdLab>
{
    [Fact]
    public async Task Systemd_of_Debian_12_has_all_that_is_called_heard_and_read()
    {
        lab.Require();
        await HoldsAsync(command => lab.RunAsync(command), "systemd 252 ");
    }

    [Fact]
    public async Task Systemd_of_Debian_13_has_it_too_and_runs_work()
    {
        var root = await LabRoot.OfAsync("trixie");
        await using var fleet = await LabFleet.UpAsync(2, root);
        await HoldsAsync(command => fleet.RunAsync("n1", command), "systemd 257 ");

        var work = fleet.Stamps;
        await fleet.PlaceAsync(Manifest.Of("hello", 4, work));
        var before = work.Living();
        Assert.Equal(4, before.Count);
        (await fleet.RunAsync("n1", "systemctl", "daemon-reexec")).Succeeded();
        (await fleet.RunAsync("n1", "systemctl", "kill", "-s", "KILL", "edgeagent")).Succeeded();
        await fleet.OnlineAsync(2);
        Assert.Equal(before, work.Living());
        Assert.Contains("Active: active (running)", (await fleet.AskAsync("status", "hello/0")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("systemd[1]: Started edgeagent.service", (await fleet.AskAsync("logs", "-u", "edgeagent", "--node", "n1")).Succeeded().Output, StringComparison.Ordinal);
        (await fleet.AskAsync("restart", "n1", "systemd-journald")).Succeeded();
    }

    private static async Task HoldsAsync(Func<string[], Task<CommandResult>> run, string version)
    {
        Assert.StartsWith(version, (await run(["systemctl", "--version"])).Succeeded().Output, StringComparison.Ordinal);
        var members = typeof(SystemdContract).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetValue(null)!).ToList();
        Assert.True(members.Count > 30);
        var said = new Dictionary<string, HashSet<string>?>();
        foreach (var member in members)
        {
            var (contract, line) = member switch
            {
                BusMethod m => (m.Contract, $".{m.Name} method {Signature(m.Arguments)} {Signature(m.Answer)}"),
                BusSignal s => (s.Contract, $".{s.Name} signal {Signature(s.Arguments)}"),
                BusProperty p => (p.Contract, $".{p.Name} property {p.Type}"),
                _ => throw new InvalidOperationException($"{member} is no member of a contract"),
            };
            if (!said.TryGetValue(contract, out var lines))
            {
                said[contract] = lines = await IntrospectAsync(run, contract);
            }

            Assert.True(lines?.Contains(line) ?? true, $"{contract} has no \"{line}\"");
        }

        // The manager and what is in its own package are everywhere; what is for machines and images has a package of its own.
        Assert.All(said.Where(s => s.Value is null), s => Assert.Contains(s.Key, (string[])["org.freedesktop.machine1.Manager", "org.freedesktop.portable1.Manager"]));
    }

    private static string Signature(string types) => types.Length == 0 ? "-" : types;

    /// <summary>Of methods name, kind, arguments and answer; of the others without what an answer has no meaning for. Null where the service isn't installed.</summary>
    private static async Task<HashSet<string>?> IntrospectAsync(Func<string[], Task<CommandResult>> run, string contract)
    {
        var destination = string.Join('.', contract.Split('.').Take(3));
        var isOfUnits = destination == "org.freedesktop.systemd1" && !contract.EndsWith(".Manager", StringComparison.Ordinal);
        var kind = contract.EndsWith(".Timer", StringComparison.Ordinal) ? "timer" : "service";
        var path = $"/{destination.Replace('.', '/')}{(isOfUnits ? $"/unit/dbus_2e{kind}" : "")}";
        var table = await run(["busctl", "introspect", destination, path, contract]);
        if (table.ExitCode != 0 && table.Errors.Contains("not provided by any .service files", StringComparison.Ordinal))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"left out: {destination} is not installed there");
            return null;
        }

        return [.. table.Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(p => p.Length > 3)
            .Select(p => string.Join(' ', p.Take(p[1] == "method" ? 4 : 3)))];
    }
}
