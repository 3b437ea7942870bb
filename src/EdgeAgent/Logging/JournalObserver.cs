using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Daemon.Logging;

/// <summary>
/// One line an event to standard error. Under journald a line begins with its priority (sd-daemon(3)), elsewhere with the time. What
/// strangers sent is in some of the messages: control characters are escaped.
/// </summary>
public sealed class JournalObserver(TextWriter writer, Severity least, bool isJson, bool isJournal, TimeProvider time) : IObserver
{
    private readonly Lock _gate = new();
    private volatile Severity _least = least;

    /// <summary>What is less important is not written.</summary>
    public Severity Least
    {
        get => _least;
        set => _least = value;
    }

    /// <summary>Whether standard error is a stream of the journal (systemd.exec(5), JOURNAL_STREAM).</summary>
    public static bool IsJournal => IsStreamOf(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), new FileInfo("/proc/self/fd/2").LinkTarget);

    /// <summary>
    /// The variable is inherited by what writes elsewhere too, so its inode ("device:inode") is compared with that of the socket behind
    /// standard error ("socket:[inode]").
    /// </summary>
    public static bool IsStreamOf(string? journalStream, string? standardError) =>
        journalStream?.Split(':') is [_, { Length: > 0 } inode] && standardError == $"socket:[{inode}]";

    public void Tell(Severity severity, string kind, string subject, string reason, string message)
    {
        if (severity < _least)
        {
            return;
        }

        var line = isJson ? Json(severity, kind, subject, reason, message) : Text(severity, kind, subject, reason, message);
        lock (_gate)
        {
            try
            {
                writer.WriteLine(line);
                writer.Flush();
            }
            catch (IOException)
            {
                // Nobody reads it, or the disk is full: work matters more than words.
            }
        }
    }

    private string Text(Severity severity, string kind, string subject, string reason, string message)
    {
        var text = new StringBuilder();
        if (isJournal)
        {
            text.Append('<').Append(Priority(severity)).Append('>');
        }
        else
        {
            text.Append(time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ').Append(severity.ToString().ToLowerInvariant()).Append(' ');
        }

        text.Append(kind).Append(": ");
        AppendClean(text, message);
        text.Append(" subject=");
        AppendValue(text, subject);
        if (reason.Length > 0 && reason != message && !reason.Contains(' ', StringComparison.Ordinal))
        {
            text.Append(" reason=");
            AppendValue(text, reason);
        }

        return text.ToString();
    }

    private string Json(Severity severity, string kind, string subject, string reason, string message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteNumber("priority", Priority(severity));
            json.WriteString("kind", kind);
            json.WriteString("subject", subject);
            json.WriteString("reason", reason);
            json.WriteString("message", message);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Quoted where it could be taken for two fields.</summary>
    private static void AppendValue(StringBuilder text, string value)
    {
        if (value.AsSpan().ContainsAny(" \"="))
        {
            text.Append('"');
            AppendClean(text, value.Replace("\"", "\\\"", StringComparison.Ordinal));
            text.Append('"');
            return;
        }

        AppendClean(text, value);
    }

    private static void AppendClean(StringBuilder text, string part)
    {
        foreach (var c in part)
        {
            // What breaks a line or turns its direction, as Unicode has it, misleads a reader as a control character does.
            var isHarmful = char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            _ = isHarmful ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : text.Append(c);
        }
    }

    private static int Priority(Severity severity) => severity switch
    {
        Severity.Error => 3,
        Severity.Warning => 4,
        Severity.Notice => 5,
        Severity.Info => 6,
        _ => 7,
    };
}
