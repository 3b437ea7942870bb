using System.Text;
using EdgeAgent.Daemon.Configuration;

namespace EdgeAgent.Tests.Daemon;

/// <summary>What the option table says, as the two texts that people read: docs/spec/configuration.md's tables and packaging/agent.conf.</summary>
internal static class OptionDocuments
{
    public const string Marker = "<!-- options -->";

    private const int WidthMax = 100;

    /// <summary>One table a section, from the first <see cref="Marker"/> line to the last.</summary>
    public static string Tables()
    {
        var text = new StringBuilder($"{Marker}\n");
        foreach (var section in Options.All.GroupBy(o => o.Section))
        {
            text.Append($"\n### [{section.Key}]\n\n| option | value | default | |\n|---|---|---|---|\n");
            foreach (var option in section)
            {
                text.Append($"| `{option.Name}` | {option.Kind} | {(option.Default.Length == 0 ? "" : $"`{option.Default}`")} | {option.About} |\n");
            }
        }

        return text.Append($"\n{Marker}").ToString();
    }

    /// <summary>agent.conf with every option in it, commented out.</summary>
    public static string Sample()
    {
        var text = new StringBuilder("# edgeagent's configuration, /etc/edgeagent/agent.conf. Every option is here with its default; remove the # to set one.\n");
        text.Append("# Files in agent.conf.d/*.conf beside this one are read after it. Explained in docs/spec/configuration.md.\n");
        foreach (var section in Options.All.GroupBy(o => o.Section))
        {
            text.Append($"\n[{section.Key}]\n");
            foreach (var option in section)
            {
                text.Append('\n');
                foreach (var line in Wrapped($"{option.About} Value: {option.Kind}."))
                {
                    text.Append($"# {line}\n");
                }

                text.Append($"#{option.Name} = {option.Default}".TrimEnd()).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Wrapped(string text)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > WidthMax)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
