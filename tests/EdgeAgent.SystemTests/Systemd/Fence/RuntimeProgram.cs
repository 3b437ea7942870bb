using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.SystemTests.Systemd.Fence;

/// <summary>
/// The systemd runtime of one agent with nothing above it, inside a container: a line that it reads is a request, and a line that it writes is an input of the loop's.
/// So the fence alone is tried, with times and at a pace of one's own.
/// </summary>
internal static class RuntimeProgram
{
    public const string Verb = "drive-systemd-runtime";

    private const int WordsOfStart = 6;

    public static int Run(string node, string store)
    {
        using var runtime = new SystemdRuntime(new SystemdRuntimeOptions(FleetId.Parse("default"), NodeId.Parse(node), store), new LineSink());
        Console.Out.WriteLine($"ready {Environment.ProcessId} {runtime.FenceLack}");
        while (Console.In.ReadLine() is { } line)
        {
            runtime.Submit(Request(line.Split(' ', WordsOfStart)));
        }

        return 0;
    }

    private static RuntimeRequest Request(string[] words) => words switch
    {
        ["list"] => new RuntimeList(),
        ["fence", var until] => new RuntimeFence(TimeSpan.FromMicroseconds(long.Parse(until, CultureInfo.InvariantCulture))),
        ["stop", var name, var timeoutMs] => new RuntimeStop(Slot(name), new StopRule { Timeout = Milliseconds(timeoutMs) }),
        ["check", var name, _, var timeoutMs, _, var script] => new RuntimeCheck(1, Spec(name, script) with { RunTimeMax = Milliseconds(timeoutMs) }),
        ["start", var name, var restart, var timeoutMs, var fenced, var script] => new RuntimeStart(Spec(name, script) with
        {
            Restart = new RestartPolicy { Rule = Enum.Parse<RestartRule>(restart) },
            Stop = new StopRule { Timeout = Milliseconds(timeoutMs) },
            IsFenced = fenced == "fenced",
        }),
        _ => throw new ArgumentException($"no request: {string.Join(' ', words)}"),
    };

    private static UnitSpec Spec(string name, string script) =>
        new(new UnitTag(Slot(name), new Incarnation(1), 1, new Epoch(1)), new ExecRun(["/bin/sh", "-c", script]), new Dictionary<string, string> { ["EDGE_SLOT"] = name }) { Sandbox = SandboxLevel.None };

    private static TimeSpan Milliseconds(string text) => TimeSpan.FromMilliseconds(int.Parse(text, CultureInfo.InvariantCulture));

    private static SlotId Slot(string name) => new(WorkloadName.TryParse(name, out var workload) ? workload : throw new ArgumentException($"no workload's name: {name}"), 0);

    private sealed class LineSink : IInputSink
    {
        public void Post(NodeInput input)
        {
            Console.Out.WriteLine(input switch
            {
                RuntimeInventory e => $"inventory {Microseconds(e.FencedUntil)} {string.Join(' ', e.Units.Select(Text))}",
                RuntimeFenced e => $"fenced {Microseconds(e.Until)} {e.Trouble}",
                UnitStarted e => $"started {Text(e.Report)}",
                UnitEnded e => $"ended {Text(e.Report)} {e.Report.Detail}",
                UnitGone e => $"gone {e.Slot.Workload}",
                UnitChecked e => $"checked {e.Slot.Workload} {e.Outcome}",
                _ => $"other {input}",
            });
        }

        public bool TryPost(NodeInput input)
        {
            Post(input);
            return true;
        }

        public void WaitForRoom(TimeSpan patience)
        {
        }

        private static string Microseconds(TimeSpan? time) => time is { } t ? $"{(long)t.TotalMicroseconds}" : "none";

        private static string Text(UnitReport report) => $"{report.Tag.Slot.Workload} {report.Pid} {report.Result}";
    }
}
