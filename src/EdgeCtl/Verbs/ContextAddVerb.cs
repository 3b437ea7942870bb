using System.CommandLine;
using EdgeCtl.Contexts;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl context add</c>: how to reach a broker, and as whom. Secrets stay in their files.</summary>
internal static class ContextAddVerb
{
    private static readonly Option<string?> Ca = File("--ca", "who signed the broker's certificate, PEM; the system's own authorities unless given");
    private static readonly Option<string?> Certificate = File("--certificate", "the certificate to show to the broker, PEM");
    private static readonly Option<string?> ClientKey = File("--client-key", "the private key of --certificate, PEM");
    private static readonly Option<string?> User = new("--user") { Description = "the user's name at the broker", HelpName = "name" };
    private static readonly Option<string?> Password = File("--password-file", "the file with that user's password");
    private static readonly Option<bool> Use = new("--use") { Description = "make it the current one; the first is without it" };

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "how it is to be called; one that is there is replaced" };
        var command = new Command("add", "keep how to reach a broker: --broker, --key, --fleet, --cell and --root, and these") { name, Ca, Certificate, ClientKey, User, Password, Use };
        command.SetAction(parsed => ContextVerb.Run(parsed, (store, output) =>
        {
            var context = Read(parsed, parsed.GetRequiredValue(name));
            var isCurrent = parsed.GetValue(Use) || store.List().Current is null;
            store.Add(context, isCurrent);
            output.WriteLine($"{context.Name} is added{(isCurrent ? ", and used from now on" : $"; edgectl context use {context.Name} makes it the current one")}");
        }));
        return command;
    }

    private static StoredContext Read(ParseResult parsed, string name)
    {
        var context = new StoredContext
        {
            Name = name,
            Broker = parsed.GetValue(FleetOptions.Broker) ?? throw new ContextException("which broker? give --broker mqtt://host:1883 or --broker mqtts://host:8883"),
            Fleet = parsed.GetValue(FleetOptions.Fleet),
            Cell = parsed.GetValue(FleetOptions.Cell),
            Root = parsed.GetValue(FleetOptions.Root),
            KeyFile = PathOf(parsed, FleetOptions.Key),
            CaFile = PathOf(parsed, Ca),
            CertificateFile = PathOf(parsed, Certificate),
            ClientKeyFile = PathOf(parsed, ClientKey),
            UserName = parsed.GetValue(User),
            PasswordFile = PathOf(parsed, Password),
        };
        return (context.CertificateFile is null) == (context.ClientKeyFile is null) && (context.PasswordFile is null || context.UserName is not null)
            ? context
            : throw new ContextException("--certificate goes with --client-key, and --password-file with --user");
    }

    private static string? PathOf(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { Length: > 0 } text)
        {
            return null;
        }

        var path = Path.GetFullPath(text);
        return System.IO.File.Exists(path) ? path : throw new ContextException($"{option.Name}: there is no file {path}");
    }

    private static Option<string?> File(string name, string about) => new(name) { Description = about, HelpName = "file" };
}
