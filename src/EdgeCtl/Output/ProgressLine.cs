namespace EdgeCtl.Output;

/// <summary>How far something is, on one line of a terminal that is written over; elsewhere nothing is written.</summary>
internal sealed class ProgressLine(TextWriter errors) : IDisposable
{
    /// <summary>To the line's begin, and what stands there away (ECMA-48, EL).</summary>
    private const string Anew = "\r\u001b[K";

    private readonly bool _isTerminal = ReferenceEquals(errors, Console.Error) && !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
    private string _shown = "";

    public void Show(string text)
    {
        if (!_isTerminal || text == _shown)
        {
            return;
        }

        // A line that wraps could not be written over.
        var width = Math.Max(20, Console.WindowWidth) - 1;
        errors.Write(Anew + (text.Length <= width ? text : text[..(width - 1)] + "…"));
        errors.Flush();
        _shown = text;
    }

    /// <summary>What was shown last stays.</summary>
    public void Dispose()
    {
        if (_shown.Length > 0)
        {
            errors.WriteLine();
        }
    }
}
