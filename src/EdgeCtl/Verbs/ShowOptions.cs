using System.CommandLine;
using EdgeCtl.Showing;

namespace EdgeCtl.Verbs;

/// <summary>The options of verbs that show something.</summary>
internal sealed class ShowOptions
{
    private static readonly string[] Formats = ["wide", "json", "yaml", "name"];

    public Option<string> Format { get; } = Choice();

    public Option<string> Labels { get; } = new("-l", "--selector") { Description = "only what has these labels: key=value,key!=value,key,!key", HelpName = "LABELS" };

    public Option<bool> Watch { get; } = new("-w", "--watch") { Description = "go on, and show what changes" };

    public ListingWriter Writer(ParseResult parsed) => new(
        parsed.InvocationConfiguration.Output,
        parsed.GetValue(Format) switch
        {
            "wide" => OutputFormat.Wide,
            "json" => OutputFormat.Json,
            "yaml" => OutputFormat.Yaml,
            "name" => OutputFormat.Name,
            _ => OutputFormat.Table,
        },
        ListingWriter.WantsColour);

    public Selection Selection(ParseResult parsed, IReadOnlyCollection<string> names) =>
        Showing.Selection.TryParse(names, parsed.GetValue(Labels), out var selection, out var error) ? selection : throw new CtlException(ExitCode.WrongUsage, error);

    private static Option<string> Choice()
    {
        var option = new Option<string>("-o", "--output") { Description = $"{string.Join(", ", Formats)}; a table unless given", HelpName = "FORMAT" };
        option.AcceptOnlyFromAmong(Formats);
        return option;
    }
}
