namespace EdgeCtl.Up;

/// <summary>The agents that an earlier <c>up</c> of this folder left: it was killed, or had <c>--keep</c>.</summary>
internal sealed class OlderAgents : IDisposable
{
    private readonly Dictionary<string, LiveProcess> _living;

    private OlderAgents(Dictionary<string, LiveProcess> living) => _living = living;

    /// <summary>Throws <see cref="UpException"/> where one of them is none that these options would start.</summary>
    public static OlderAgents Find(UpOptions options)
    {
        var found = new OlderAgents([]);
        try
        {
            foreach (var node in options.Folder.Nodes())
            {
                foreach (var process in LiveProcess.FindAll(pid => Remains.IsAgent(pid, node)))
                {
                    // Of two, one is about to find that the other has the state folder.
                    if (!found._living.TryAdd(node.Name, process))
                    {
                        process.Dispose();
                    }
                }
            }

            found.Check(options);
            return found;
        }
        catch
        {
            found.Dispose();
            throw;
        }
    }

    public LiveProcess? Of(NodeFolder node) => _living.GetValueOrDefault(node.Name);

    public void Dispose()
    {
        foreach (var process in _living.Values)
        {
            process.Dispose();
        }
    }

    private void Check(UpOptions options)
    {
        var wanted = Enumerable.Range(1, options.Nodes).Select(options.Folder.Node).ToDictionary(n => n.Name);
        foreach (var (name, process) in _living)
        {
            var differs = !wanted.TryGetValue(name, out var node) ? $"one of more than {options.Nodes} nodes"
                : !AgentText.IsOf(node, options) ? "for another broker"
                : null;
            if (differs is not null)
            {
                throw new UpException($"an agent of an earlier fleet still runs in {options.Folder.Root} ({name}, pid {process.Pid}), {differs}: end it with edgectl down --dir {options.Folder.Root}, or give --nodes, --port and --bind as then");
            }
        }
    }
}
