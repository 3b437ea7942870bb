using System.Globalization;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>A verb of the command line. The table in <see cref="CommandLine"/> makes the help.</summary>
internal sealed record Verb(string Name, string Usage, string About, Func<Arguments, int> Run, int WordsMax = 0);

/// <summary>What stands behind the verb: words, and options with their values.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    public List<string> Words { get; } = [];

    public string? Config => _options.GetValueOrDefault("--config");

    public bool IsJson => _options.GetValueOrDefault("-o") == "json";

    public bool Follows => _options.ContainsKey("-f");

    public string? Lines => _options.GetValueOrDefault("-n");

    public string? LogFormat => _options.GetValueOrDefault("--log-format");

    public bool WantsHelp => _options.ContainsKey("--help");

    private string? Check()
    {
        if (_options.GetValueOrDefault("-o") is { } output and not "json")
        {
            return $"-o {output}: json is what there is";
        }

        if (LogFormat is { } format and not ("text" or "json"))
        {
            return $"--log-format {format}: text or json";
        }

        return Lines is { } lines && !int.TryParse(lines, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"-n {lines}: a number of lines, such as -n 100" : null;
    }

    /// <summary>Null, or what is wrong with it.</summary>
    public static string? Parse(IReadOnlyList<string> args, out Arguments arguments)
    {
        arguments = new Arguments();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].StartsWith("--", StringComparison.Ordinal) && args[i].IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                ? (args[i][..at], args[i][(at + 1)..])
                : (args[i], (string?)null);
            switch (name)
            {
                case "--help" or "-h":
                    arguments._options["--help"] = "";
                    break;
                case "-f" or "--follow":
                    arguments._options["-f"] = "";
                    break;
                case "--config" or "-o" or "-n" or "--log-format":
                    if (value is null && ++i >= args.Count)
                    {
                        return $"{name} needs a value";
                    }

                    arguments._options[name] = value ?? args[i];
                    break;
                case ['-', ..]:
                    return $"{name} is no option of edgeagent";
                default:
                    arguments.Words.Add(name);
                    break;
            }
        }

        return arguments.Check();
    }
}
