using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up;

/// <summary>
/// Ends what a fleet left on this machine, whether its agents live or not. Everything is found by what it is, never by a number alone: an agent by the
/// configuration in its command line, a unit by the marks of the node that started it.
/// </summary>
internal sealed class Remains(FleetFolder folder, Action<string> tell)
{
    private static readonly TimeSpan AgentPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WorkPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    // What is ended may start something in the same moment; work that outruns this isn't ended but told.
    private const int RoundsMax = 10;

    /// <summary>The agents first, for they would start their work again. How many processes were ended.</summary>
    public async Task<int> EndAsync()
    {
        var nodes = folder.Nodes();
        var ended = await EndAllAsync(() => LiveProcess.FindAll(pid => nodes.Any(n => IsAgent(pid, n))), AgentPatience).ConfigureAwait(false);
        var marks = nodes.Select(n => new UnitMark(n)).ToList();
        ended += await EndAllAsync(() => LiveProcess.FindAll(pid => marks.Any(m => m.IsShim(pid))), WorkPatience).ConfigureAwait(false);
        ended += await EndAllAsync(() => LiveProcess.FindAll(pid => marks.Any(m => m.IsOn(pid))), KillPatience).ConfigureAwait(false);
        foreach (var node in nodes)
        {
            File.Delete(node.Pid);
        }

        return ended;
    }

    public static bool IsAgent(int pid, NodeFolder node)
    {
        var arguments = ProcFile.Arguments(pid);
        return arguments.Contains("run") && arguments.Contains(node.Configuration);
    }

    private async Task<int> EndAllAsync(Func<IReadOnlyList<LiveProcess>> find, TimeSpan patience)
    {
        var ended = 0;
        for (var round = 1; round <= RoundsMax; round++)
        {
            var found = find();
            if (found.Count == 0)
            {
                return ended;
            }

            foreach (var process in found)
            {
                process.Signal(round == 1 ? Libc.Terminate : Libc.Kill);
            }

            var results = await Task.WhenAll(found.Select(p => EndedAsync(p, round == 1 ? patience : KillPatience))).ConfigureAwait(false);
            ended += results.Count(r => r);
        }

        foreach (var process in find())
        {
            tell($"pid {process.Pid} could not be ended: {string.Join(' ', ProcFile.Arguments(process.Pid))}");
            process.Dispose();
        }

        return ended;
    }

    private static async Task<bool> EndedAsync(LiveProcess process, TimeSpan patience)
    {
        using (process)
        {
            if (await process.HasEndedAsync(patience).ConfigureAwait(false))
            {
                return true;
            }

            process.Signal(Libc.Kill);
            return await process.HasEndedAsync(KillPatience).ConfigureAwait(false);
        }
    }
}
