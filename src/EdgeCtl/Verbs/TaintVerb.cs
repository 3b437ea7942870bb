using System.CommandLine;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Workloads;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl taint nodes NODE key=value:effect key:effect-</c>: what keeps work off, or ends it.</summary>
public static class TaintVerb
{
    private static readonly string Expected = $"expected KEY=VALUE:EFFECT or KEY:EFFECT, and KEY:EFFECT- or KEY- to take it away; EFFECT is one of {string.Join(", ", Enum.GetNames<TaintEffect>())}";

    public static Command Create()
    {
        var kind = new Argument<string>("kind") { Description = "nodes" };
        kind.AcceptOnlyFromAmong("nodes", "node");
        var name = new Argument<string>("node") { Description = "its name" };
        var changes = new Argument<string[]>("taint") { Description = "KEY=VALUE:EFFECT sets one, KEY:EFFECT- or KEY- takes it away. NoPlace: nothing new that does not tolerate it; PreferNoPlace: only where nobody else can; NoRun: what runs leaves too, as in a drain", Arity = ArgumentArity.OneOrMore };
        var overwrite = new Option<bool>("--overwrite") { Description = "also where the taint has another value" };
        var command = new Command("taint", "keep work off a node that does not tolerate it (spec.tolerations); kept on the node, over what its agent.conf says") { kind, name, changes, overwrite };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var words = parsed.GetValue(changes)!.Select(Read).ToList();
            var nodes = await NodeWords.OnlineAsync(session, [parsed.GetValue(name)!], cancel).ConfigureAwait(false);
            return await NodeWords.EachAsync(ParseResultWriters.Of(parsed), "taint", nodes, async node =>
                await NodeWords.SayAsync(session, node, "taint", before => Change(before["taints"] as JsonArray ?? [], words, parsed.GetValue(overwrite)), cancel).ConfigureAwait(false) ? "tainted" : "not tainted: it is so already").ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>A null value takes it away; no effect: of every effect.</summary>
    private static (string Key, string? Value, TaintEffect? Effect) Read(string text)
    {
        var isRemoval = text.EndsWith('-');
        var rest = isRemoval ? text[..^1] : text;
        var colon = rest.LastIndexOf(':');
        var (left, effect) = colon < 0 ? (rest, (TaintEffect?)null) : (rest[..colon], EffectOf(rest[(colon + 1)..], text));
        var at = left.IndexOf('=', StringComparison.Ordinal);
        var key = at < 0 ? left : left[..at];
        return key.Length > 0 && (isRemoval || effect is not null)
            ? (key, isRemoval ? null : at < 0 ? "" : left[(at + 1)..], effect)
            : throw new VerbException(ExitCode.Usage, $"\"{text}\": {Expected}");
    }

    private static TaintEffect EffectOf(string name, string text) =>
        Enum.GetValues<TaintEffect>().Where(e => e.ToString() == name).Select(e => (TaintEffect?)e).FirstOrDefault() ?? throw new VerbException(ExitCode.Usage, $"\"{text}\": {Expected}");

    private static Dictionary<string, string>? Change(JsonArray now, List<(string Key, string? Value, TaintEffect? Effect)> words, bool overwrites)
    {
        var has = now.Select(t => Read(t!.GetValue<string>())).ToDictionary(t => (t.Key, t.Effect), t => t.Value);
        var arguments = new Dictionary<string, string>();
        foreach (var (key, value, effect) in words)
        {
            if (value is null)
            {
                var gone = has.Keys.Where(t => t.Key == key && (effect is null || t.Effect == effect)).ToList();
                gone.ForEach(t => arguments[$"remove.{t.Effect}.{key}"] = "");
                continue;
            }

            var known = has.GetValueOrDefault((key, effect));
            if (known is not null && known != value && !overwrites)
            {
                throw new VerbException(ExitCode.Failed, $"the node has the taint {key}={known}:{effect} already: --overwrite replaces it");
            }

            if (known != value)
            {
                arguments[$"set.{effect}.{key}"] = value;
            }
        }

        return arguments.Count == 0 ? null : arguments;
    }
}
