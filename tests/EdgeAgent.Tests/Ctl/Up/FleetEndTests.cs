using System.Diagnostics;
using EdgeAgent.Protocol.Security;
using EdgeCtl.Contexts;
using EdgeCtl.Up;
using Xunit;

namespace EdgeAgent.Tests.Ctl.Up;

/// <summary>What <c>down</c> finds and ends, with plain shells in the place of agents: what it knows them by is their command line.</summary>
public sealed class FleetEndTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgectl-up").FullName;
    private readonly List<Process> _started = [];

    private FleetFolder Fleet => new(Path.Combine(_folder, "fleet"));

    private ContextStore Contexts => new(new ContextFile(Path.Combine(_folder, "contexts.json")));

    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Where_there_is_nothing_down_does_nothing_and_is_content()
    {
        var errors = new StringWriter();
        await new FleetEnd(Fleet, Contexts, errors).RunAsync();
        Assert.Equal("", errors.ToString());
    }

    [Fact]
    public async Task An_agent_of_this_folder_is_ended_even_if_its_pid_file_is_lost_and_a_strangers_is_not()
    {
        var node = Fleet.Node(1);
        Directory.CreateDirectory(node.Root);
        var mine = Start(["run", "--config", node.Configuration]);
        var stranger = Start(["run", "--config", Path.Combine(_folder, "other", "node-1", "agent.conf")]);

        await new FleetEnd(Fleet, Contexts, TextWriter.Null).RunAsync();
        await mine.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(stranger.HasExited);
    }

    [Fact]
    public async Task A_pid_that_has_been_given_to_another_program_is_left_alone()
    {
        Directory.CreateDirectory(Fleet.Root);
        var stranger = Start(["up"]);
        await File.WriteAllTextAsync(Fleet.Pid, $"{stranger.Id}\n1\n", TestContext.Current.CancellationToken);

        await new FleetEnd(Fleet, Contexts, TextWriter.Null).RunAsync();
        Assert.False(stranger.HasExited);
        Assert.False(File.Exists(Fleet.Pid));
    }

    [Fact]
    public async Task Work_whose_agent_and_shim_are_dead_is_found_by_its_mark_and_other_works_is_not()
    {
        var unit = Path.Combine(Fleet.Node(1).Work, "hello.0");
        Directory.CreateDirectory(unit);
        await File.WriteAllTextAsync(Path.Combine(unit, "spec"), "epoch\01\0mark\0EDGE_UNIT=one/hello.0\0", TestContext.Current.CancellationToken);
        var mine = Start([], "EDGE_UNIT", "one/hello.0");
        var other = Start([], "EDGE_UNIT", "two/hello.0");

        await new FleetEnd(Fleet, Contexts, TextWriter.Null).RunAsync();
        await mine.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(other.HasExited);
    }

    [Fact]
    public async Task The_context_goes_with_the_fleet()
    {
        Contexts.Add(new() { Name = "up-1", Broker = "mqtt://localhost:1", KeyFile = Fleet.Key }, makeCurrent: true);
        await new FleetEnd(Fleet, Contexts, TextWriter.Null).RunAsync();
        Assert.Empty(Contexts.List().Contexts);
    }

    [Fact]
    public async Task An_agent_that_ends_at_once_fails_the_fleet_with_its_own_words_and_leaves_nothing()
    {
        var agent = Path.Combine(_folder, "edgeagent");
        await File.WriteAllTextAsync(agent, "#!/bin/sh\necho 'agent.conf:3: no such thing' >&2\nexit 78\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(agent, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("EDGEAGENT_BINARY", agent);
        try
        {
            var options = new UpOptions { Folder = Fleet, Nodes = 2, Port = FreePort() };
            var error = await Assert.ThrowsAsync<UpException>(() => new FleetRun(options, Contexts, TextWriter.Null, TextWriter.Null).RunAsync(TestContext.Current.CancellationToken));
            Assert.Contains("exited with 78", error.Message, StringComparison.Ordinal);
            Assert.Contains("agent.conf:3: no such thing", error.Message, StringComparison.Ordinal);
            Assert.Empty(Contexts.List().Contexts);
            Assert.False(File.Exists(Fleet.Pid));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Fleet.Key));
            PublicKey.FromPem(await File.ReadAllTextAsync(Fleet.PublicKey, TestContext.Current.CancellationToken)).Dispose();
        }
        finally
        {
            Environment.SetEnvironmentVariable("EDGEAGENT_BINARY", null);
        }
    }

    [Fact]
    public void A_folder_too_deep_for_the_agents_sockets_is_refused_before_anything_is_made() =>
        Assert.Contains("--dir", new UpOptions { Folder = new FleetFolder("/" + new string('d', 100)) }.Error(), StringComparison.Ordinal);

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    // A shell that waits for a line which never comes: one process, with the command line that is wanted.
    private Process Start(string[] arguments, string? variable = null, string value = "")
    {
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "read line; :", "sh" }, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (variable is not null)
        {
            start.Environment[variable] = value;
        }

        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }
}
