using System.Text.Json.Nodes;

namespace EdgeCtl.Showing;

/// <summary>A column; <paramref name="IsWide"/>: shown only with <c>-o wide</c>. A state's cells have a colour on a terminal.</summary>
internal sealed record Column(string Title, bool IsWide = false, bool IsState = false);

/// <summary>One thing that is shown: its cells as the columns have them, and the same with more as JSON.</summary>
internal sealed record Row(string Name, IReadOnlyList<string> Cells, JsonObject Json);

/// <summary>Things of one kind, in the order they are shown in.</summary>
internal sealed record Listing(IReadOnlyList<Column> Columns, IReadOnlyList<Row> Rows);
