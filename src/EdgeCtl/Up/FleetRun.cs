using System.Globalization;
using System.Net;
using System.Text;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Contexts;
using EdgeCtl.Up.Binding;
using EdgeCtl.Up.Broker;

namespace EdgeCtl.Up;

/// <summary>A fleet on this machine from its start to its end: the key, the broker, the agents, and their end.</summary>
public sealed class FleetRun(UpOptions options, ContextStore contexts, TextWriter output, TextWriter errors)
{
    private static readonly TimeSpan OnlineWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LogCheckInterval = TimeSpan.FromSeconds(30);

    private readonly FleetFolder _folder = options.Folder;

    /// <summary>
    /// Writes <c>ready</c> on the output when all nodes are online, and returns after <paramref name="stop"/> and the end of all that was started. Throws
    /// <see cref="UpException"/> or <see cref="ContextException"/> where the fleet doesn't come up; nothing of it is left then.
    /// </summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Prepare(out var binary);
        using var held = UpLock.Take(_folder);
        using var older = OlderAgents.Find(options);
        OperatorKeyFile.Ensure(_folder);
        await using var broker = await EmbeddedBroker.StartAsync(new IPEndPoint(options.Bind, options.Port), _folder.Broker, new SparingTeller(Tell, TimeProvider.System).Tell).ConfigureAwait(false);
        Tell($"broker on {broker.EndPoint}");
        var url = $"mqtt://{AgentText.Host(options.Bind)}:{broker.EndPoint.Port}";
        using var children = new Children();
        var isUp = false;
        try
        {
            var roster = new Roster(Names(), new TopicSpace(TopicSpace.DefaultRoot, FleetId.Parse("default"), CellId.Parse("default")));
            broker.RetainedChanged += roster.Hear;
            contexts.Add(new() { Name = $"up-{broker.EndPoint.Port}", Broker = url, KeyFile = _folder.Key }, makeCurrent: true);
            var agents = Enumerable.Range(1, options.Nodes).Select(_folder.Node).Select(n => Adopted(n, older) ?? StartAgent(binary, n, broker.EndPoint.Port, children)).ToList();
            await AwaitOnlineAsync(roster, agents, stop).ConfigureAwait(false);
            isUp = true;
            await output.WriteLineAsync("ready").ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            await AwaitStopAsync(agents, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Tell("interrupted before all were online");
        }
        finally
        {
            await EndAsync(leave: isUp && options.Keep).ConfigureAwait(false);
        }
    }

    private void Prepare(out string binary)
    {
        if (options.Error() is { } error)
        {
            throw new UpException(error);
        }

        binary = AgentBinary.Find();
        try
        {
            Directory.CreateDirectory(_folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpException($"{_folder.Root} can't be made: {e.Message}: name another folder with --dir");
        }
    }

    private IEnumerable<NodeId> Names() => Enumerable.Range(1, options.Nodes).Select(k => NodeId.Parse(_folder.Node(k).Name));

    // Its work has run on all the time, and so has the agent: it finds the broker again by itself.
    private Agent? Adopted(NodeFolder node, OlderAgents older)
    {
        if (older.Of(node) is not { } process)
        {
            return null;
        }

        Tell($"the agent of {node.Name} (pid {process.Pid}) still runs and is taken over");
        WritePid(node, process.Pid);
        return new(node, process.Pid, BoundedLog.LengthOf(node.Log), process.EndAsync());
    }

    private Agent StartAgent(string binary, NodeFolder node, int port, Children children)
    {
        const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(node.State, OwnersFolder);
        Directory.CreateDirectory(node.Runtime, OwnersFolder);
        DurableFile.Replace(node.Configuration, Encoding.UTF8.GetBytes(AgentText.Write(options, node, port)), DurableFile.EverybodyReads);
        BoundedLog.Bound(node.Log);
        var logStart = BoundedLog.LengthOf(node.Log);
        var pid = Spawn.Start(binary, ["run", "--config", node.Configuration], node.Log, null);
        WritePid(node, pid);
        return new(node, pid, logStart, children.WatchAsync(pid));
    }

    private static void WritePid(NodeFolder node, int pid) =>
        DurableFile.Replace(node.Pid, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture) + "\n"), DurableFile.EverybodyReads);

    private async Task AwaitOnlineAsync(Roster roster, IReadOnlyList<Agent> agents, CancellationToken stop)
    {
        Tell($"{agents.Count} agents started, waiting until all are online");
        var late = Task.Delay(OnlineWithin, stop);
        var firstEnd = Task.WhenAny(agents.Select(a => a.Ended));
        var first = await Task.WhenAny(roster.Complete, firstEnd, late).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (first == late)
        {
            throw new UpException($"{string.Join(", ", roster.Missing())} did not come online within {OnlineWithin.TotalSeconds} s: read {_folder.Root}/node-*/agent.log");
        }

        if (first == firstEnd)
        {
            var agent = agents.First(a => a.Ended.IsCompleted);
            throw new UpException($"the agent of {agent.Node.Name} {await agent.Ended.ConfigureAwait(false)} before it was online; the end of {agent.Node.Log}:\n{BoundedLog.Tail(agent.Node.Log, agent.LogStart)}");
        }
    }

    private async Task AwaitStopAsync(IReadOnlyList<Agent> agents, CancellationToken stop)
    {
        var living = agents.ToList();
        while (!stop.IsCancellationRequested)
        {
            // Not cancelled: a token that is makes WhenAny's delay complete, and nothing has to be caught.
            var pause = Task.Delay(LogCheckInterval, stop);
            await Task.WhenAny(living.Select(a => (Task)a.Ended).Append(pause)).ConfigureAwait(false);
            foreach (var agent in living.Where(a => a.Ended.IsCompleted).ToList())
            {
                living.Remove(agent);
                Tell($"the agent of {agent.Node.Name} (pid {agent.Pid}) {await agent.Ended.ConfigureAwait(false)}; it is not started again. Its log: {agent.Node.Log}");
            }

            foreach (var agent in agents)
            {
                BoundedLog.Bound(agent.Node.Log);
            }

            BoundedLog.Bound(_folder.Log);
        }
    }

    private async Task EndAsync(bool leave)
    {
        if (leave)
        {
            Tell($"the agents and their work go on without a broker: end them with edgectl down --dir {_folder.Root}, or take them over with the same edgectl up");
            return;
        }

        Tell("ending the agents and their work");
        await new Remains(_folder, Tell).EndAsync().ConfigureAwait(false);
        contexts.RemoveWithKey(_folder.Key);
    }

    private void Tell(string line) => errors.WriteLine($"edgectl up: {line}");

    private sealed record Agent(NodeFolder Node, int Pid, long LogStart, Task<string> Ended);
}
