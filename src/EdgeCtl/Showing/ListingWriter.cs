using System.Text.Json.Nodes;

namespace EdgeCtl.Showing;

/// <summary>
/// Writes listings: columns aligned, with colours on a terminal unless NO_COLOR is set (https://no-color.org), or JSON, YAML, names.
/// </summary>
internal sealed class ListingWriter(TextWriter output, OutputFormat format, bool isColoured)
{
    private const string Plain = "\u001b[0m";
    private const int Gap = 2;

    private int[]? _widths;

    /// <summary>Whether standard output is a terminal that wants colours.</summary>
    public static bool WantsColour =>
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>The whole listing.</summary>
    public void Write(Listing listing)
    {
        switch (format)
        {
            case OutputFormat.Json:
                JsonText.Write(output, Items(listing), isIndented: true);
                break;
            case OutputFormat.Yaml:
                YamlText.Write(output, Items(listing));
                break;
            case OutputFormat.Name:
                WriteRows(listing, listing.Rows);
                break;
            default:
                _widths = Widths(listing);
                Line(listing.Columns, [.. listing.Columns.Select(c => c.Title)], isTitle: true);
                WriteRows(listing, listing.Rows);
                break;
        }
    }

    /// <summary>What has changed since, a row each; of JSON one object a line.</summary>
    public void WriteRows(Listing listing, IEnumerable<Row> rows)
    {
        foreach (var row in rows)
        {
            switch (format)
            {
                case OutputFormat.Json:
                    JsonText.Write(output, row.Json, isIndented: false);
                    break;
                case OutputFormat.Yaml:
                    output.WriteLine("---");
                    YamlText.Write(output, row.Json);
                    break;
                case OutputFormat.Name:
                    output.WriteLine(row.Name);
                    break;
                default:
                    _widths ??= Widths(listing);
                    Line(listing.Columns, row.Cells, isTitle: false);
                    break;
            }
        }

        output.Flush();
    }

    private static JsonObject Items(Listing listing) => new() { ["items"] = new JsonArray([.. listing.Rows.Select(r => r.Json.DeepClone())]) };

    private void Line(IReadOnlyList<Column> columns, IReadOnlyList<string> cells, bool isTitle)
    {
        var shown = Enumerable.Range(0, columns.Count).Where(i => format == OutputFormat.Wide || !columns[i].IsWide).ToList();
        foreach (var i in shown)
        {
            var cell = Terminal.Printable(cells[i]);
            var colour = isColoured && !isTitle && columns[i].IsState ? Colour(cell) : "";
            output.Write(colour + cell + (colour.Length > 0 ? Plain : ""));
            if (i != shown[^1])
            {
                output.Write(new string(' ', Math.Max(Gap, _widths![i] + Gap - cell.Length)));
            }
        }

        output.WriteLine();
    }

    private static int[] Widths(Listing listing) =>
        [.. listing.Columns.Select((c, i) => listing.Rows.Select(r => r.Cells[i].Length).Append(c.Title.Length).Max())];

    private static string Colour(string state) => state switch
    {
        "online" or "running" or "succeeded" => "\u001b[32m",
        "offline" or "failed" or "unknown" or "unreadable" => "\u001b[31m",
        "vacant" or "bid" or "held" or "updating" or "draining" or "deleting" or "waiting" => "\u001b[33m",
        _ => "",
    };
}
