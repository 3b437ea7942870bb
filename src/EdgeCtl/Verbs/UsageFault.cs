using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using EdgeCtl.Manifests;

namespace EdgeCtl.Verbs;

/// <summary>What is wrong with a command line, in a line that says what would be right.</summary>
internal static class UsageFault
{
    private const int NearEnough = 2;

    /// <summary>Nothing is wrong but that no verb was named.</summary>
    public static bool IsBare(ParseResult parsed) => parsed.UnmatchedTokens.Count == 0 && parsed.CommandResult.Command.Subcommands.Count > 0;

    public static string Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = PathOf(parsed.CommandResult);
        if (Unmatched(parsed) is { } unmatched)
        {
            var isOption = unmatched.StartsWith('-');
            var names = isOption
                ? command.Options.Concat(FleetOptions.All).SelectMany(o => o.Aliases.Prepend(o.Name))
                : command.Subcommands.SelectMany(c => c.Aliases.Prepend(c.Name));
            var near = names.MinBy(n => EditDistance.Between(n, unmatched));
            var hint = near is not null && EditDistance.Between(near, unmatched) <= NearEnough ? $"; did you mean {near}?" : "";
            var what = isOption ? "option" : command.Subcommands.Count > 0 ? "verb" : "argument";
            return $"{path}: there is no {what} {unmatched}{hint} ({path} --help)";
        }

        var error = parsed.Errors[0];
        var fault = error.SymbolResult switch
        {
            OptionResult { Tokens: [var token, ..] } result when Choices(result.Option) is { Count: > 0 } choices => $"{result.Option.Name} takes {string.Join(" or ", choices)}, not \"{token.Value}\"",
            ArgumentResult { Tokens: [var token, ..] } result when Choices(result.Argument) is { Count: > 0 } choices => $"{result.Argument.Name} is {string.Join(" or ", choices)}, not \"{token.Value}\"",
            OptionResult { Tokens: [var token, ..] } result when result.Option.ValueType == typeof(int) || result.Option.ValueType == typeof(int?) => $"{result.Option.Name} takes a whole number, not \"{token.Value}\"",
            OptionResult { Tokens.Count: 0 } result when result.Option.ValueType != typeof(bool) => $"{result.Option.Name} needs {(result.Option.HelpName is { } value ? $"a value: {result.Option.Name} {value.ToUpperInvariant()}" : "a value")}: {result.Option.Description}",
            ArgumentResult { Tokens.Count: 0 } result => $"{result.Argument.Name} is missing: {result.Argument.Description}",
            _ => error.Message.TrimEnd('.'),
        };
        return $"{path}: {fault} ({path} --help)";
    }

    /// <summary>A name that begins with a dash is an option that there isn't: no name of a fleet does.</summary>
    public static string? Unmatched(ParseResult parsed) =>
        parsed.UnmatchedTokens.Concat(parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).Where(t => t.StartsWith('-'))).FirstOrDefault();

    private static List<string> Choices(Symbol symbol) =>
        symbol is Option { ValueType: var type } && type == typeof(bool) ? [] : [.. symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];

    private static string PathOf(CommandResult result) => result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : "edgectl";
}
