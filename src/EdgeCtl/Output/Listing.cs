using System.Text.Json.Nodes;
using Spectre.Console;

namespace EdgeCtl.Output;

/// <summary>A column of a table: its head, what it tells, and what of an item stands in it; wide ones only with -o wide.</summary>
public sealed record Column(string Head, string About, Func<JsonObject, string> Cell, bool IsWide = false);

/// <summary>Items in the form that was asked for. The JSON is the truth; tables choose from it.</summary>
public sealed class Listing(TextWriter output, string? form, IReadOnlyList<Column> columns)
{
    /// <summary>Set on an item that is gone, in the JSON of a watch.</summary>
    public const string Deleted = "deleted";

    private const int LineWidth = 4096;

    private readonly List<Column> _shown = [.. columns.Where(c => !c.IsWide || form == "wide")];
    private int[]? _widths;

    public static readonly IReadOnlyList<string> Forms = ["wide", "json", "yaml", "name"];

    /// <summary>What an item is in YAML, where that isn't its JSON: then each is a document of its own.</summary>
    public Func<JsonObject, JsonNode>? Document { get; init; }

    public void Write(IReadOnlyList<JsonObject> items, string kind)
    {
        switch (form)
        {
            case "json":
                output.WriteLine(JsonText.Indented(new JsonObject { ["items"] = new JsonArray([.. items.Select(i => i.DeepClone())]) }));
                break;
            case "yaml" when Document is not null:
                output.Write(YamlText.Of(items.Select(Document)));
                break;
            case "yaml":
                output.Write(YamlText.Of(new JsonObject { ["items"] = new JsonArray([.. items.Select(i => i.DeepClone())]) }));
                break;
            case "name":
                Names(items, kind);
                break;
            default:
                Table(items, isFirst: true);
                break;
        }
    }

    /// <summary>Behind <see cref="Write"/>: those that changed, as rows under the table that is there, or each as an object of its own.</summary>
    public void WriteChanged(IReadOnlyList<JsonObject> items, string kind)
    {
        switch (form)
        {
            case "json":
                foreach (var item in items)
                {
                    output.WriteLine(JsonText.Indented(item));
                }

                break;
            case "yaml":
                foreach (var item in items)
                {
                    output.Write($"---\n{YamlText.Of(Document?.Invoke(item) ?? item)}");
                }

                break;
            case "name":
                Names(items, kind);
                break;
            default:
                Table(items, isFirst: false);
                break;
        }

        output.Flush();
    }

    public static string NameOf(JsonObject item) => item["name"] is { } name ? name.GetValue<string>() : $"{item["workload"]}/{item["index"]}";

    public static string Text(JsonObject item, string name) => item[name]?.ToString() ?? "";

    private void Names(IReadOnlyList<JsonObject> items, string kind)
    {
        foreach (var item in items)
        {
            output.WriteLine($"{kind}/{NameOf(item)}");
        }
    }

    private void Table(IReadOnlyList<JsonObject> items, bool isFirst)
    {
        var rows = items.Select(i => _shown.Select(c => OneLine(c.Cell(i))).ToArray()).ToList();
        _widths = [.. _shown.Select((c, at) => rows.Select(r => r[at].Length).Append(_widths?[at] ?? c.Head.Length).Max())];
        var table = new Table { Border = TableBorder.None, ShowHeaders = isFirst };
        foreach (var (column, width) in _shown.Zip(_widths))
        {
            // Rows that come later stand under the same heads. The last column is as wide as its row.
            var isLast = ReferenceEquals(column, _shown[^1]);
            table.AddColumn(new TableColumn(new Markup(column.Head)) { NoWrap = true, Width = isLast ? null : width, Padding = new Padding(0, 0, isLast ? 0 : 3, 0) });
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(cell => new Markup(Colour(cell)))]);
        }

        Terminal(output).Write(table);
    }

    /// <summary>Colours where a person looks, and none in a pipe.</summary>
    internal static IAnsiConsole Terminal(TextWriter output)
    {
        var isTerminal = ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });

        // Nothing is cut: a pipe has no width, and a terminal that is too narrow wraps the line itself.
        console.Profile.Width = LineWidth;
        return console;
    }

    /// <summary>What a node says may hold anything: a terminal must not obey it, and a row stays one.</summary>
    private static string OneLine(string text) => new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);

    private static string Colour(string text) => text switch
    {
        "online" or "running" or "succeeded" => $"[green]{text}[/]",
        "offline" or "failed" or "unknown" => $"[red]{text}[/]",
        "draining" or "cordoned" or "bid" or "held" or "updating" => $"[yellow]{text}[/]",
        _ => Markup.Escape(text),
    };
}
