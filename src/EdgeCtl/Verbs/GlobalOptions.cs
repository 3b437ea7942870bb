using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Connection;
using EdgeCtl.Contexts;

namespace EdgeCtl.Verbs;

/// <summary>The options that say which fleet is meant; every verb has them.</summary>
internal static class GlobalOptions
{
    private static readonly Option<string> Broker = Recursive("--broker", "the broker's URL, mqtt://host:1883 or mqtts://host:8883", "URL");
    private static readonly Option<string> Context = Recursive("--context", "a context of edgectl context list", "NAME");
    private static readonly Option<string> Key = Recursive("--key", "the operator's private key, PEM; the context's unless given", "FILE");
    private static readonly Option<string> Root = Recursive("--root", $"the first part of every topic, {TopicSpace.DefaultRoot} unless given", "TOPIC");
    private static readonly Option<string> Fleet = Recursive("--fleet", "the fleet's name, default unless given", "NAME");
    private static readonly Option<string> Cell = Recursive("--cell", "the cell's name, default unless given", "NAME");

    public static void AddTo(RootCommand root)
    {
        foreach (var option in new[] { Broker, Context, Key, Root, Fleet, Cell })
        {
            root.Options.Add(option);
        }
    }

    /// <summary>Throws <see cref="CtlException"/> or <see cref="ContextException"/> for what names no fleet.</summary>
    public static FleetTarget Target(ParseResult parsed)
    {
        var context = ContextStore.OfUser().Resolve(parsed.GetValue(Broker), parsed.GetValue(Context), parsed.GetValue(Key));
        var root = parsed.GetValue(Root) ?? context.Root ?? TopicSpace.DefaultRoot;
        var fleet = parsed.GetValue(Fleet) ?? context.Fleet ?? "default";
        var cell = parsed.GetValue(Cell) ?? context.Cell ?? "default";
        if (!BrokerAddress.TryParse(context.Broker, out var address, out var error))
        {
            throw Wrong(error);
        }

        if (!TopicSpace.IsValidRoot(root))
        {
            throw Wrong($"--root \"{root}\": at most {TopicSpace.RootLengthMax} characters, one slash at most, no wildcard");
        }

        return FleetId.TryParse(fleet, out var fleetId)
            ? CellId.TryParse(cell, out var cellId)
                ? new FleetTarget(context, address, new TopicSpace(root, fleetId, cellId))
                : throw Wrong(DnsLabel.Explain("cell", cell, DnsLabel.ShortLengthMax))
            : throw Wrong(DnsLabel.Explain("fleet", fleet, DnsLabel.ShortLengthMax));
    }

    private static CtlException Wrong(string message) => new(ExitCode.WrongUsage, message);

    private static Option<string> Recursive(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value, Recursive = true };
}
