using System.Globalization;
using EdgeAgent.SystemTests.Frame;

namespace EdgeAgent.SystemTests.Lab;

/// <summary>Work whose processes this machine's kernel is asked for, through all containers: no agent's word counts.</summary>
internal sealed class LabWork(string name)
{
    /// <summary>As that of <see cref="Stamps"/>: short beside the time that a process takes to end.</summary>
    private static readonly TimeSpan CountPause = TimeSpan.FromMilliseconds(20);

    private readonly string _mark = $"work-of-the-lab-{Guid.NewGuid():n}";
    private volatile bool _isCounted;
    private Task<int> _counting = Task.FromResult(0);

    public string Manifest(int replicas, string more = "") => $$"""
        apiVersion: edge/v1
        kind: Workload
        metadata: {name: {{name}}}
        spec:
          replicas: {{replicas}}
          lostAfter: 3s
          run:
            exec:
              command: [/bin/sh, -c, 'while :; do sleep 1 & wait $!; done', {{_mark}}]
          resources: {cpu: 1m, memory: 1Mi}
          stop: {timeout: 2s}
        {{more}}
        """;

    /// <summary>The first process of each slot, wherever it runs.</summary>
    public IReadOnlyList<LabProcess> Living()
    {
        var all = Processes().ToList();

        // A child that is about to be something else still looks like its parent.
        var pids = all.Select(p => p.Process.Pid).ToHashSet();
        return [.. all.Where(p => !pids.Contains(p.Parent)).Select(p => p.Process).OrderBy(p => p.Slot, StringComparer.Ordinal).ThenBy(p => p.Node, StringComparer.Ordinal)];
    }

    public Task<IReadOnlyList<LabProcess>> LiveAsync(Func<IReadOnlyList<LabProcess>, bool> holds, TimeSpan within, string what) =>
        Eventually.Is(() => Task.FromResult(Living()), holds, within, l => string.Join(", ", l), what);

    /// <summary>From now on, how many processes one slot had at most at one time.</summary>
    public void BeginToCount() => _counting = Task.Run(async () =>
    {
        var most = 0;
        while (!_isCounted)
        {
            most = Math.Max(most, Living().GroupBy(p => p.Slot).Select(g => g.Count()).DefaultIfEmpty().Max());
            await Task.Delay(CountPause);
        }

        return most;
    });

    public Task<int> MostOfOneSlotAsync()
    {
        _isCounted = true;
        return _counting;
    }

    private IEnumerable<(LabProcess Process, int Parent)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                continue;
            }

            // The shell, and not what it starts.
            if (Read(folder, "cmdline") is ["/bin/sh", "-c", _, var mark, ..] && mark == _mark)
            {
                var environment = Read(folder, "environ");
                var (node, slot) = (Value(environment, "EDGE_NODE"), Value(environment, "EDGE_SLOT"));
                if (slot.Length > 0)
                {
                    yield return (new LabProcess(node, slot, pid), ParentOf(folder));
                }
            }
        }
    }

    /// <summary>The field behind the state, which stands behind the name in brackets (proc_pid_stat(5)).</summary>
    private static int ParentOf(string folder) => Read(folder, "stat") is [{ Length: > 0 } text, ..] ? int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) : 0;

    private static string Value(string[] environment, string variable) => environment.FirstOrDefault(v => v.StartsWith($"{variable}=", StringComparison.Ordinal))?[(variable.Length + 1)..] ?? "";

    private static string[] Read(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file)).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended.
            return [];
        }
    }
}

internal sealed record LabProcess(string Node, string Slot, int Pid);
