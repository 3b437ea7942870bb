using System.Diagnostics;
using System.Globalization;

namespace EdgeAgent.Simulation.Scale;

/// <summary>`./build.sh bench scale`: writes the table's rows to its output, and what it is doing beside it.</summary>
internal static class ScaleCommand
{
    public const string Name = "scale";

    private const int ChurnNodes = 1000;
    private const int ChurnSlots = 5000;

    private const string Usage = "usage: ./build.sh bench scale [--nodes N,...] [--restart NODES/SLOTS,...] [--more SLOTS] [--churn MINUTES]";

    public static int Start(IReadOnlyList<string> words)
    {
        var (sizes, restarts, more, minutes) = (new List<int>(), new List<(int Nodes, int Slots)>(), 0, 0);
        for (var i = 0; i + 1 < words.Count; i += 2)
        {
            var values = words[i + 1].Split(',');
            switch (words[i])
            {
                case "--nodes":
                    sizes.AddRange(values.Select(Number));
                    break;
                case "--restart":
                    restarts.AddRange(values.Select(v => v.Split('/')).Select(v => (Number(v[0]), Number(v[^1]))));
                    break;
                case "--more":
                    more = Number(values[0]);
                    break;
                case "--churn":
                    minutes = Number(values[0]);
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }

        var bench = new ScaleBench(Row);
        foreach (var size in sizes)
        {
            Timed($"{size} nodes", () => bench.Measure(size, more));
        }

        foreach (var (nodes, slots) in restarts)
        {
            Timed($"restart of the broker of {nodes} nodes", () => bench.MeasureRestart(nodes, slots, nodes <= 200 ? "15 s" : "60 s"));
        }

        if (minutes > 0)
        {
            Timed($"{minutes} minutes of changes", () => new ChurnRun(Row).Measure(ChurnNodes, ChurnSlots, minutes));
        }

        return 0;
    }

    private static void Row(string what, string measured, string goal) => Console.WriteLine($"| {what} | {measured} | {goal} |");

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static void Timed(string what, Action measure)
    {
        var watch = Stopwatch.StartNew();
        measure();
        Console.Error.WriteLine($"bench scale: {what}, {watch.Elapsed.TotalSeconds:0} s");
    }
}
