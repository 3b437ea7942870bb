using System.CommandLine;
using EdgeCtl.Contexts;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl context</c>: the brokers one works with, and which one is meant where none is named.</summary>
public static class ContextVerb
{
    public static Command Create() => new("context", "list, add, choose, show and delete the brokers that commands are for")
    {
        ContextAddVerb.Create(),
        List(),
        OfName("use", "make a context the one that is used where none is named", (store, name, output) =>
        {
            store.Use(name);
            output.WriteLine($"{name} is used from now on");
        }),
        OfName("delete", "forget a context; its key stays where it is", (store, name, output) =>
        {
            store.Remove(name);
            output.WriteLine($"{name} is deleted");
        }),
        Show(),
    };

    private static Command List()
    {
        var command = new Command("list", "all contexts; the current one has a star");
        command.SetAction(parsed => Run(parsed, (store, output) =>
        {
            var all = store.List();
            if (all.Contexts.Count == 0)
            {
                parsed.InvocationConfiguration.Error.WriteLine("there are no contexts: edgectl up makes one for its fleet, edgectl context add NAME --broker URL one for a broker elsewhere");
                return;
            }

            var width = all.Contexts.Select(c => c.Name.Length).Append("NAME".Length).Max();
            output.WriteLine($"  {"NAME".PadRight(width)}  BROKER");
            foreach (var context in all.Contexts.OrderBy(c => c.Name, StringComparer.Ordinal))
            {
                output.WriteLine($"{(context.Name == all.Current ? '*' : ' ')} {context.Name.PadRight(width)}  {context.Broker}");
            }
        }));
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string?>("name") { Description = "the current one unless given", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("show", "what one context says") { name };
        command.SetAction(parsed => Run(parsed, (store, output) =>
        {
            var context = store.Resolve(null, parsed.GetValue(name), null);
            Field(output, "name", context.Name);
            Field(output, "broker", context.Broker);
            Field(output, "fleet", context.Fleet);
            Field(output, "cell", context.Cell);
            Field(output, "root", context.Root);
            Field(output, "key", context.KeyFile);
            Field(output, "ca", context.CaFile);
            Field(output, "certificate", context.CertificateFile);
            Field(output, "client key", context.ClientKeyFile);
            Field(output, "user", context.UserName);
            Field(output, "password in", context.PasswordFile);
        }));
        return command;
    }

    private static Command OfName(string verb, string description, Action<ContextStore, string, TextWriter> act)
    {
        var name = new Argument<string>("name") { Description = "as edgectl context list has it" };
        var command = new Command(verb, description) { name };
        command.SetAction(parsed => Run(parsed, (store, output) => act(store, parsed.GetRequiredValue(name), output)));
        return command;
    }

    private static void Field(TextWriter output, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.WriteLine($"{name + ":",-14}{value}");
        }
    }

    public static int Run(ParseResult parsed, Action<ContextStore, TextWriter> act)
    {
        try
        {
            act(ContextStore.OfUser(), parsed.InvocationConfiguration.Output);
            return 0;
        }
        catch (ContextException e)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"edgectl context: {e.Message}");
            return 1;
        }
    }
}
