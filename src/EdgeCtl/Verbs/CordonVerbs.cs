using System.CommandLine;
using EdgeCtl.Connection;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl cordon|uncordon NODE…</c>: nothing new is placed there; what runs goes on.</summary>
public static class CordonVerbs
{
    private static readonly Dictionary<string, string> Nothing = [];

    public static Command Cordon() => Create("cordon", "nothing new is placed on these nodes, until edgectl uncordon; what runs there goes on, also after a restart, and work of every node comes all the same",
        before => before["cordoned"]?.GetValue<bool>() == true, "already cordoned", "cordoned");

    public static Command Uncordon() => Create("uncordon", "work may be placed on these nodes again; ends a drain too, and what has left does not come back by itself",
        before => before["cordoned"]?.GetValue<bool>() == false, "already uncordoned", "uncordoned");

    private static Command Create(string verb, string about, Func<System.Text.Json.Nodes.JsonObject, bool> isDone, string already, string done)
    {
        var names = new Argument<string[]>("node") { Description = "their names", Arity = ArgumentArity.OneOrMore };
        var command = new Command(verb, about) { names };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var nodes = await NodeWords.OnlineAsync(session, parsed.GetValue(names)!, cancel).ConfigureAwait(false);
            return await NodeWords.EachAsync(ParseResultWriters.Of(parsed), verb, nodes, async node =>
                await NodeWords.SayAsync(session, node, verb, before => isDone(before) ? null : Nothing, cancel).ConfigureAwait(false) ? done : already).ConfigureAwait(false);
        });
        return command;
    }
}
