using System.CommandLine;
using System.Net;
using EdgeCtl.Contexts;
using EdgeCtl.Up;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl up</c>: a whole fleet on this machine.</summary>
public static class UpVerb
{
    public static Command Create()
    {
        var nodes = new Option<int>("--nodes") { Description = $"how many agents, 1 to {UpOptions.NodesMax}", HelpName = "n", DefaultValueFactory = _ => UpOptions.NodesDefault };
        var port = new Option<int>("--port") { Description = "the broker's TCP port", HelpName = "port", DefaultValueFactory = _ => UpOptions.PortDefault };
        var folder = new Option<string>("--dir") { Description = "where the fleet lives: key, broker's messages, agents; the user's state folder unless given", HelpName = "folder" };
        var bind = new Option<string>("--bind") { Description = "the broker's address; another than loopback opens it to the network, without passwords", HelpName = "address", DefaultValueFactory = _ => "127.0.0.1" };
        var detach = new Option<bool>("--detach") { Description = "return when all nodes are online, and leave the fleet running" };
        var keep = new Option<bool>("--keep") { Description = "at the end leave the agents and their work running, for edgectl down to end or edgectl up to take over" };
        var command = new Command("up", "start a broker and some agents on this machine, and run them until interrupted")
        {
            nodes, port, folder, bind, detach, keep,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var errors = parsed.InvocationConfiguration.Error;
            try
            {
                if (!IPAddress.TryParse(parsed.GetValue(bind), out var address))
                {
                    throw new UsageException($"--bind takes an IP address of this machine, such as 127.0.0.1 or 0.0.0.0, not \"{parsed.GetValue(bind)}\"");
                }

                var options = new UpOptions
                {
                    Folder = new FleetFolder(parsed.GetValue(folder) ?? FleetFolder.Default()),
                    Nodes = parsed.GetValue(nodes),
                    Port = parsed.GetValue(port),
                    Bind = address,
                    Keep = parsed.GetValue(keep),
                };
                if (options.Error() is { } error)
                {
                    throw new UsageException(error);
                }

                using var signals = new StopSignals(cancel);
                var run = parsed.GetValue(detach)
                    ? new DetachedRun(options, output, errors).RunAsync(signals.Token)
                    : new FleetRun(options, ContextStore.OfUser(), output, errors).RunAsync(signals.Token);
                await run.ConfigureAwait(false);
                return 0;
            }
            catch (UsageException e)
            {
                await errors.WriteLineAsync($"edgectl up: {e.Message}").ConfigureAwait(false);
                return 2;
            }
            catch (Exception e) when (e is UpException or ContextException)
            {
                await errors.WriteLineAsync($"edgectl up: {e.Message}").ConfigureAwait(false);
                return 1;
            }
        });
        return command;
    }

    private sealed class UsageException(string message) : Exception(message);
}
