using System.Text;

namespace EdgeCtl.Showing;

/// <summary>
/// Chunks of several slots' output as whole lines, each with its slot before it where there are several. A line that is longer than
/// <see cref="LineBytesMax"/> is cut.
/// </summary>
internal sealed class LogLines(TextWriter output, bool isPrefixed)
{
    private const int LineBytesMax = 64 * 1024;

    private readonly Dictionary<string, List<byte>> _open = [];

    public void Take(string subject, ReadOnlySpan<byte> chunk)
    {
        if (!_open.TryGetValue(subject, out var open))
        {
            _open[subject] = open = [];
        }

        while (chunk.Length > 0)
        {
            var end = chunk.IndexOf((byte)'\n');
            var part = end < 0 ? chunk : chunk[..end];
            var room = Math.Min(part.Length, LineBytesMax - open.Count);
            open.AddRange(part[..room]);
            if (end >= 0 || open.Count >= LineBytesMax)
            {
                Write(subject, open);
            }

            chunk = chunk[(room < part.Length ? room : Math.Min(chunk.Length, part.Length + (end < 0 ? 0 : 1)))..];
        }

        output.Flush();
    }

    /// <summary>What has no line feed behind it yet is a line all the same.</summary>
    public void End(string subject)
    {
        if (_open.Remove(subject, out var open) && open.Count > 0)
        {
            Write(subject, open);
            output.Flush();
        }
    }

    private void Write(string subject, List<byte> open)
    {
        output.WriteLine((isPrefixed ? $"{subject} " : "") + Encoding.UTF8.GetString([.. open]));
        open.Clear();
    }
}
