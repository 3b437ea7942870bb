using System.Text.Json.Nodes;
using EdgeAgent.Core.Fleet;

namespace EdgeCtl.Showing;

/// <summary>Events as they come: a row each.</summary>
internal static class EventListing
{
    public static readonly IReadOnlyList<Column> Columns =
        [new("TIME"), new("NODE"), new("KIND"), new("SUBJECT"), new("REASON"), new("MESSAGE")];

    public static Row RowOf(NodeEvent said)
    {
        var message = said.Suppressed > 0 ? $"{said.Message} (and {said.Suppressed} like it)" : said.Message;
        var json = new JsonObject
        {
            ["time"] = Ages.Stamp(said.At),
            ["node"] = said.Node.Value,
            ["kind"] = said.Kind,
            ["subject"] = said.Subject,
            ["reason"] = said.Reason,
            ["message"] = said.Message,
            ["suppressed"] = said.Suppressed,
        };
        return new($"{said.Node}/{said.Kind}", [Ages.Stamp(said.At), said.Node.Value, said.Kind, said.Subject, said.Reason, message], json);
    }
}
