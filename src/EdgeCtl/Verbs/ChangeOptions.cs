using System.CommandLine;
using EdgeAgent.Core.Units;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Verbs;

/// <summary>The options of verbs that change the fleet, and the names that several verbs take.</summary>
internal sealed class ChangeOptions
{
    private const string TimeoutDefault = "2m";

    public Option<bool> Wait { get; } = new("--wait") { Description = "return when the fleet has done it" };

    public Option<string> Timeout { get; } = new("--timeout") { Description = $"how long --wait waits, {TimeoutDefault} unless given", HelpName = "DURATION" };

    public static Option<string[]> Files() => new("-f", "--filename")
    {
        Description = "a manifest, a folder of them, or - for standard input; may come several times",
        HelpName = "FILE|DIR|-",
        Arity = ArgumentArity.OneOrMore,
    };

    public TimeSpan TimeoutOf(ParseResult parsed)
    {
        var text = parsed.GetValue(Timeout) ?? TimeoutDefault;
        return DurationText.TryParse(text, out var span, out var error) && span > TimeSpan.Zero && span <= WorkloadLimits.DurationMax
            ? span
            : throw new CtlException(ExitCode.WrongUsage, $"--timeout {text}: {error ?? "must be more than nothing and at most a year"}");
    }

    public static WorkloadName Name(string text) => WorkloadName.TryParse(text, out var name)
        ? name
        : throw new CtlException(ExitCode.WrongUsage, EdgeAgent.Core.Fleet.DnsLabel.Explain("the name", text, EdgeAgent.Core.Fleet.DnsLabel.LengthMax));
}
