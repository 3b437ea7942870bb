namespace EdgeCtl.Showing;

/// <summary>Text that came over the network, before it is shown: it moves no cursor and rings no bell.</summary>
internal static class Terminal
{
    /// <summary>One line: control characters become <c>?</c>.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
