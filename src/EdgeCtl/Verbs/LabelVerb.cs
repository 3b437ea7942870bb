using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl label nodes NODE key=value key-</c>: what a node is called, over its configuration file.</summary>
public static class LabelVerb
{
    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "nodes" };
        kind.AcceptOnlyFromAmong("nodes", "node");
        var name = new Argument<string>("node") { Description = "its name" };
        var changes = new Argument<string[]>("label") { Description = "KEY=VALUE sets one, KEY- takes it away", Arity = ArgumentArity.OneOrMore };
        var overwrite = new Option<bool>("--overwrite") { Description = "also where the label has another value" };
        var command = new Command("label", "set and take away labels of a node, by which requires.labels and -l choose; kept on the node, over what its agent.conf says") { kind, name, changes, overwrite };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var words = parsed.GetValue(changes)!.Select(Read).ToList();
            var nodes = await NodeWords.OnlineAsync(session, [parsed.GetValue(name)!], cancel).ConfigureAwait(false);
            return await NodeWords.EachAsync(ParseResultWriters.Of(parsed), "label", nodes, async node =>
                await NodeWords.SayAsync(session, node, "label", before => Change(before["labels"] as JsonObject ?? [], words, parsed.GetValue(overwrite)), cancel).ConfigureAwait(false) ? "labeled" : "not labeled: it is called so already").ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>A null value takes it away.</summary>
    private static (string Key, string? Value) Read(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return (at, text[^1]) switch
        {
            ( > 0, _) => (text[..at], text[(at + 1)..]),
            ( < 0, '-') when text.Length > 1 => (text[..^1], null),
            _ => throw new VerbException(ExitCode.Usage, $"\"{text}\": expected KEY=VALUE, or KEY- to take it away"),
        };
    }

    private static Dictionary<string, string>? Change(JsonObject now, List<(string Key, string? Value)> words, bool overwrites)
    {
        var arguments = new Dictionary<string, string>();
        foreach (var (key, value) in words)
        {
            var has = now[key]?.GetValue<string>();
            if (has is not null && value is not null && has != value && !overwrites)
            {
                throw new VerbException(ExitCode.Failed, $"the node has {key}={has} already: --overwrite replaces it");
            }

            if (has != value)
            {
                arguments[value is null ? $"remove.{key}" : $"set.{key}"] = value ?? "";
            }
        }

        return arguments.Count == 0 ? null : arguments;
    }
}
