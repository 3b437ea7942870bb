using EdgeAgent.Simulation.Checking;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>Leaves out faults, acts and nodes for as long as the same rule is broken (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input").</summary>
public sealed class Shrinker(Rule rule, int runsMost)
{
    private int _left = runsMost;

    public RunResult Shrink(RunResult broken)
    {
        var smallest = broken;
        smallest = Without(smallest, s => s.Faults, (s, faults) => s with { Faults = faults });
        smallest = Without(smallest, s => s.Acts, (s, acts) => s with { Acts = acts });
        while (smallest.Schedule.Nodes.Count > 1 && Try(smallest.Schedule with { Nodes = [.. smallest.Schedule.Nodes.SkipLast(1)] }) is { } fewer)
        {
            smallest = fewer;
        }

        return Without(smallest, s => s.Faults, (s, faults) => s with { Faults = faults });
    }

    private RunResult Without<T>(RunResult broken, Func<Schedule, IReadOnlyList<T>> get, Func<Schedule, IReadOnlyList<T>, Schedule> set)
    {
        for (var size = Math.Max(1, get(broken.Schedule).Count / 2); ; size = Math.Max(1, size / 2))
        {
            var hasShrunk = false;
            for (var from = 0; from < get(broken.Schedule).Count;)
            {
                var list = get(broken.Schedule);
                var rest = list.Take(from).Concat(list.Skip(from + size)).ToList();
                if (Try(set(broken.Schedule, rest)) is { } smaller)
                {
                    (broken, hasShrunk) = (smaller, true);
                }
                else
                {
                    from += size;
                }
            }

            if (_left <= 0 || (size == 1 && !hasShrunk))
            {
                return broken;
            }
        }
    }

    private RunResult? Try(Schedule schedule)
    {
        if (_left-- <= 0)
        {
            return null;
        }

        using var run = new SimRun(schedule);
        var result = run.Play();
        return result.Broken == rule ? result : null;
    }
}
