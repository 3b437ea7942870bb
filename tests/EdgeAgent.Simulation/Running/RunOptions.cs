using System.Globalization;
using EdgeAgent.Simulation.Faults;

namespace EdgeAgent.Simulation.Running;

/// <summary>What was asked for on the command line.</summary>
public sealed record RunOptions
{
    public const string Usage = """
        usage: ./build.sh simulate [--seed S] [--runs N] [--nodes N] [--minutes M] [--jobs N] [--trace] [--coverage] [--mutations [--broken R,…]] [--write]

          --seed S       the first seed (1); with --runs 1 this is the replay of one
          --runs N       how many seeds, from the first on (300; 1 where --seed is given)
          --nodes N      nodes in the cell (left out: three to six, by the seed)
          --minutes M    simulated minutes of a run, at least 10 (10)
          --jobs N       runs at the same time (one a processor)
          --without K,…  leaves out kinds of faults, by their names
          --trace        tells everything that happens, in words; with one run only
          --coverage     shows how often each fault and each rule was exercised, and fails where one never was
          --mutations    breaks the rules one at a time and shows which seed finds it
          --broken R,…   with --mutations: these rules only; one of them, with --trace: its --seed is told
          --write        leaves what it came to in docs/results/seeds.md, or mutations.md

        Ends with 0 only if every run is clean. A run that breaks a rule is made as small as it goes and printed.
        """;

    public ulong Seed { get; init; } = 1;

    public int Runs { get; init; } = 300;

    public int Jobs { get; init; } = Environment.ProcessorCount;

    public bool Traces { get; init; }

    public bool ShowsCoverage { get; init; }

    public bool Mutates { get; init; }

    /// <summary>Empty: all.</summary>
    public IReadOnlyList<string> BrokenRules { get; init; } = [];

    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>Null, with what is wrong, where the words make no sense.</summary>
    public static RunOptions? Parse(IReadOnlyList<string> words, out string wrong)
    {
        var options = new RunOptions();
        wrong = "";
        for (var i = 0; i < words.Count && wrong.Length == 0; i++)
        {
            string Value() => i + 1 < words.Count ? words[++i] : "";
            switch (words[i])
            {
                case "--seed" when ulong.TryParse(Value(), CultureInfo.InvariantCulture, out var seed):
                    options = options with { Seed = seed, Runs = words.Contains("--runs") ? options.Runs : 1 };
                    break;
                case "--runs" when TryCount(Value(), 1, out var runs):
                    options = options with { Runs = runs };
                    break;
                case "--nodes" when TryCount(Value(), 1, out var nodes):
                    options = options with { Schedule = options.Schedule with { Nodes = nodes } };
                    break;
                case "--minutes" when TryCount(Value(), ScheduleOptions.MinutesLeast, out var minutes):
                    options = options with { Schedule = options.Schedule with { Minutes = minutes } };
                    break;
                case "--jobs" when TryCount(Value(), 1, out var jobs):
                    options = options with { Jobs = jobs };
                    break;
                case "--without" when TryKinds(Value(), out var kinds):
                    options = options with { Schedule = options.Schedule with { Without = kinds } };
                    break;
                case "--trace":
                    options = options with { Traces = true };
                    break;
                case "--coverage":
                    options = options with { ShowsCoverage = true };
                    break;
                case "--broken" when Value() is { Length: > 0 } rules:
                    options = options with { BrokenRules = rules.Split(',') };
                    break;
                case "--mutations":
                    options = options with { Mutates = true };
                    break;
                default:
                    wrong = $"'{words[i]}' is not understood";
                    break;
            }
        }

        if (wrong.Length == 0 && options.BrokenRules.Count > 0 && !options.Mutates)
        {
            wrong = "--broken chooses among the rules that --mutations breaks: give that, too";
        }

        if (wrong.Length == 0 && options.Traces && options.Runs != 1)
        {
            wrong = "--trace tells of one run: give it a --seed";
        }

        return wrong.Length == 0 ? options : null;
    }

    private static bool TryCount(string text, int least, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= least;

    private static bool TryKinds(string text, out List<FaultKind> kinds)
    {
        kinds = [];
        foreach (var word in text.Split(','))
        {
            if (!Enum.TryParse<FaultKind>(word, out var kind))
            {
                return false;
            }

            kinds.Add(kind);
        }

        return true;
    }
}
