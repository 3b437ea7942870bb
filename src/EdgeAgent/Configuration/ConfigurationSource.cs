using System.Text;
using Microsoft.Extensions.Configuration.Ini;

namespace EdgeAgent.Daemon.Configuration;

/// <summary>
/// The texts of all options: agent.conf, then agent.conf.d/*.conf beside it in the order of their names, then EDGEAGENT_ variables. Each
/// knows where it came from.
/// </summary>
internal sealed class ConfigurationSource
{
    private readonly Dictionary<string, (string Text, string Where)> _texts = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Faults { get; } = [];

    /// <summary>The folder to which relative paths are relative.</summary>
    public string Folder { get; }

    public ConfigurationSource(string file, bool mustExist, IReadOnlyDictionary<string, string> environment)
    {
        Folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (File.Exists(file))
        {
            Read(file);
        }
        else if (mustExist)
        {
            Faults.Add($"{file}: there is no such file");
        }

        var dropIns = Path.Combine(Folder, "agent.conf.d");
        foreach (var dropIn in (Directory.Exists(dropIns) ? Directory.GetFiles(dropIns, "*.conf") : []).Order(StringComparer.Ordinal))
        {
            Read(dropIn);
        }

        foreach (var (name, value) in environment.Where(v => v.Key.StartsWith("EDGEAGENT_", StringComparison.Ordinal)))
        {
            if (Options.All.FirstOrDefault(o => o.Variable == name) is { } option)
            {
                _texts[option.Key] = (value.Trim(), $"the variable {name}");
            }
            else if (Options.All.Any(o => name.StartsWith($"EDGEAGENT_{o.Section}_", StringComparison.OrdinalIgnoreCase)))
            {
                Faults.Add($"the variable {name} is no option; docs/spec/configuration.md lists them all");
            }
        }
    }

    /// <summary>The text and where it stands; the default's is empty.</summary>
    public (string Text, string Where) this[Option option] => _texts.TryGetValue(option.Key, out var text) ? text : (option.Default, "");

    public bool IsGiven(Option option) => _texts.ContainsKey(option.Key);

    private void Read(string file)
    {
        string[] lines = [];
        IDictionary<string, string?> values;
        try
        {
            // The provider of streams: that of files brings a watcher and patterns of file names into the binary.
            var bytes = File.ReadAllBytes(file);
            lines = Encoding.UTF8.GetString(bytes).Split('\n');
            using var text = new MemoryStream(bytes);
            values = IniStreamConfigurationProvider.Read(text);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            Faults.Add(Misread(file, lines));
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Faults.Add($"{file}: can't be read{(e is UnauthorizedAccessException ? ": run it as root or the agent's user" : $" ({e.Message})")}");
            return;
        }

        foreach (var (key, value) in values)
        {
            if (value is null)
            {
                continue;
            }

            var where = $"{file}:{LineOf(lines, key)}";
            if (Options.All.FirstOrDefault(o => string.Equals(o.Key, key, StringComparison.OrdinalIgnoreCase)) is { } option)
            {
                _texts[option.Key] = (value.Trim(), where);
                continue;
            }

            var colon = key.IndexOf(':', StringComparison.Ordinal);
            var shown = colon < 0 ? key : $"[{key[..colon]}] {key[(colon + 1)..]}";
            var near = Options.All.MinBy(o => Distance(o.Key, key))!;
            Faults.Add($"{where}: {shown} is no option; {(Distance(near.Key, key) <= 3 ? $"did you mean [{near.Section}] {near.Name}?" : "docs/spec/configuration.md lists them all")}");
        }
    }

    /// <summary>What the library refuses, with its line. Its own message has no line, and in the trimmed agent no words either.</summary>
    private static string Misread(string file, string[] lines)
    {
        var (section, seen) = ("", new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] is '#' or ';' or '/')
            {
                continue;
            }

            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                section = line[1..^1].Trim();
                continue;
            }

            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
            {
                return $"{file}:{i + 1}: '{line}' is neither [Section] nor Name = value; a comment begins with #";
            }

            if (!seen.Add($"{section}:{line[..at].Trim()}"))
            {
                return $"{file}:{i + 1}: [{section}] {line[..at].Trim()} is given a second time in this file: leave one";
            }
        }

        return $"{file}: can't be read as sections of Name = value";
    }

    /// <summary>The library doesn't say where it found a key: found again by its section and name; the last counts.</summary>
    private static int LineOf(string[] lines, string key)
    {
        var (section, found) = ("", 0);
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                section = line[1..^1].Trim();
            }
            else if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                && string.Equals(section.Length == 0 ? line[..at].Trim() : $"{section}:{line[..at].Trim()}", key, StringComparison.OrdinalIgnoreCase))
            {
                found = i + 1;
            }
        }

        return found;
    }

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, above) = (row[0], 0);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                above = row[j];
                var cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost);
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
