using System.Text.Json.Nodes;
using Spectre.Console;

namespace EdgeCtl.Output;

/// <summary>A column of a table: its head and what of an item stands in it; wide ones only with -o wide.</summary>
public sealed record Column(string Head, Func<JsonObject, string> Cell, bool IsWide = false);

/// <summary>Items in the form that was asked for. The JSON is the truth; tables choose from it.</summary>
public sealed class Listing(TextWriter output, string? form, IReadOnlyList<Column> columns)
{
    private const int PlainWidth = 4096;

    public static readonly IReadOnlyList<string> Forms = ["wide", "json", "yaml", "name"];

    public void Write(IReadOnlyList<JsonObject> items, string kind)
    {
        switch (form)
        {
            case "json":
                output.WriteLine(JsonText.Indented(new JsonObject { ["items"] = new JsonArray([.. items.Select(i => i.DeepClone())]) }));
                break;
            case "yaml":
                output.Write(YamlText.Of(new JsonObject { ["items"] = new JsonArray([.. items.Select(i => i.DeepClone())]) }));
                break;
            case "name":
                foreach (var item in items)
                {
                    output.WriteLine($"{kind}/{NameOf(item)}");
                }

                break;
            default:
                Table(items);
                break;
        }
    }

    public static string NameOf(JsonObject item) => item["name"] is { } name ? name.GetValue<string>() : $"{item["workload"]}/{item["index"]}";

    public static string Text(JsonObject item, string name) => item[name]?.ToString() ?? "";

    private void Table(IReadOnlyList<JsonObject> items)
    {
        var shown = columns.Where(c => !c.IsWide || form == "wide").ToList();
        var isTerminal = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!isTerminal)
        {
            // A pipe has no width: nothing is cut or wrapped.
            console.Profile.Width = PlainWidth;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in shown)
        {
            table.AddColumn(new TableColumn(new Markup(column.Head)) { NoWrap = true, Padding = new Padding(0, 0, 3, 0) });
        }

        foreach (var item in items)
        {
            table.AddRow([.. shown.Select(c => new Markup(Colour(c.Cell(item))))]);
        }

        console.Write(table);
    }

    private static string Colour(string text) => text switch
    {
        "online" or "running" or "succeeded" => $"[green]{text}[/]",
        "offline" or "failed" or "unknown" => $"[red]{text}[/]",
        "draining" or "bid" or "held" or "updating" => $"[yellow]{text}[/]",
        _ => Markup.Escape(text),
    };
}
