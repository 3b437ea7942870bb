using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Systemd;

/// <summary>An entry in the journal's JSON form: values are strings, or lists of byte values where they aren't text.</summary>
internal static class JournalEntry
{
    /// <summary>syslog(3): err, and what is worse.</summary>
    private const int ErrorPriority = 3;

    /// <summary>False for what is no entry, or one without a message.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> json, out LogLine line)
    {
        line = default;
        try
        {
            using var document = JsonDocument.Parse(json);
            var entry = document.RootElement;
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("MESSAGE", out var message) || Text(message) is not { } text)
            {
                return false;
            }

            line = new LogLine(At(entry), text.TrimEnd('\n'), IsError(entry));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array when value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.Number && e.TryGetByte(out _)) =>
            Encoding.UTF8.GetString([.. value.EnumerateArray().Select(e => e.GetByte())]),

        // A field that was given several times.
        JsonValueKind.Array => value.EnumerateArray().Select(Text).FirstOrDefault(t => t is not null),
        _ => null,
    };

    private static DateTimeOffset? At(JsonElement entry) =>
        entry.TryGetProperty("__REALTIME_TIMESTAMP", out var at) && long.TryParse(Text(at), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            ? DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            : null;

    private static bool IsError(JsonElement entry) =>
        entry.TryGetProperty("PRIORITY", out var priority) && int.TryParse(Text(priority), NumberStyles.None, CultureInfo.InvariantCulture, out var level) && level <= ErrorPriority;
}
