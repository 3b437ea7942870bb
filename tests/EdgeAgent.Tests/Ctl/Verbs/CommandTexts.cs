using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;
using EdgeCtl.Output;
using EdgeCtl.Verbs;

namespace EdgeAgent.Tests.Ctl.Verbs;

/// <summary>The command table as docs/spec/edgectl.md has it: each verb with its arguments, options and, where it prints a table, columns.</summary>
internal static class CommandTexts
{
    private static readonly Dictionary<string, IReadOnlyList<Column>> Columns = new(StringComparer.Ordinal)
    {
        ["edgectl get nodes"] = Tables.Nodes,
        ["edgectl get workloads"] = Tables.Workloads,
        ["edgectl get slots"] = Tables.Slots,
        ["edgectl top nodes"] = Tables.NodeUsage,
        ["edgectl sockets"] = Tables.Sockets,
        ["edgectl top slots"] = Tables.SlotUsage,
    };

    public static string Verbs()
    {
        var root = CommandLine.Create();
        var text = new StringBuilder("### Options of every verb\n\n");
        Options(root.Options, text);
        foreach (var verb in root.Subcommands)
        {
            Verb("edgectl", verb, text);
        }

        return text.ToString();
    }

    private static void Verb(string path, Command verb, StringBuilder text)
    {
        path = $"{path} {verb.Name}";
        var arguments = string.Concat(verb.Arguments.Select(a => " " + Usage(a)));
        text.Append($"\n### {path}\n\n`{path}{arguments}{(verb.Subcommands.Count > 0 ? " …" : "")}`: {verb.Description}.");
        text.Append(verb.Aliases.Count > 0 ? $" Also `{string.Join("`, `", verb.Aliases.Order(StringComparer.Ordinal))}`.\n" : "\n");
        if (verb.Arguments.Count > 0)
        {
            text.Append("\n| argument | |\n|---|---|\n");
            foreach (var argument in verb.Arguments)
            {
                text.Append($"| `{argument.Name}` | {Sentence(argument.Description)} |\n");
            }
        }

        if (verb.Options.Count > 0)
        {
            text.Append('\n');
            Options(verb.Options, text);
        }

        if (Columns.TryGetValue(path, out var columns))
        {
            text.Append("\n| column | |\n|---|---|\n");
            foreach (var column in columns)
            {
                text.Append($"| {column.Head}{(column.IsWide ? ", with `-o wide`" : "")} | {Sentence(column.About)} |\n");
            }
        }

        foreach (var below in verb.Subcommands)
        {
            Verb(path, below, text);
        }
    }

    private static void Options(IEnumerable<Option> options, StringBuilder text)
    {
        text.Append("| option | | default |\n|---|---|---|\n");
        foreach (var option in options)
        {
            var names = option.Aliases.Append(option.Name).Distinct().OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal);
            var value = option.HelpName ?? (option.GetCompletions(CompletionContext.Empty).Any() && option.ValueType != typeof(bool) ? string.Join('|', option.GetCompletions(CompletionContext.Empty).Select(c => c.Label)) : "");
            var usual = option.Required ? "required" : option.HasDefaultValue && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } o ? $"`{o}`" : "";
            text.Append($"| `{string.Join("`, `", names)}`{(value.Length > 0 ? $" *{value.Replace("|", ", ", StringComparison.Ordinal)}*" : "")} | {Sentence(option.Description)} | {usual} |\n");
        }
    }

    private static string Usage(Argument argument)
    {
        var choices = argument.GetCompletions(CompletionContext.Empty).Select(c => c.Label).ToList();
        var name = choices.Count > 0 ? string.Join('|', choices) : argument.Name.ToUpperInvariant();
        return (argument.Arity.MinimumNumberOfValues, argument.Arity.MaximumNumberOfValues) switch
        {
            (0, > 1) => $"[{name}…]",
            (0, _) => $"[{name}]",
            _ => name,
        };
    }

    private static string Sentence(string? text) => string.IsNullOrEmpty(text) ? "" : char.ToUpperInvariant(text[0]) + text[1..].TrimEnd('.') + ".";
}
