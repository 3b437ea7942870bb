using System.Text;

namespace EdgeAgent.Core.Expressions.Syntax;

/// <summary>Bare words, reserved words and quoted text: how they are told apart, and how they are written.</summary>
internal static class Words
{
    public const string True = "true";
    public const string False = "false";
    public const string In = "in";

    /// <summary>Also those that other languages have, so that a slip is an error with a hint and not a text.</summary>
    public static bool IsReserved(string word) => word is True or False or In or "and" or "or" or "not";

    public static bool IsWordCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '+' or '/' or '%' or ':' or '\u00B5' or '\u03BC';

    public static bool IsBareText(string text) => text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] is '_' or '/')
        && text.All(IsWordCharacter)
        && !IsReserved(text);

    public static string Write(string text) => IsBareText(text) ? text : Quote(text);

    public static string Quote(string text) => '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    /// <summary>For showing what came from outside: bounded, and without control characters.</summary>
    public static string Shorten(string text)
    {
        var shown = new StringBuilder(text.Length > ExpressionLimits.QuotedLengthMax ? text[..ExpressionLimits.QuotedLengthMax] + "…" : text);
        for (var i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(shown[i]) ? '?' : shown[i];
        }

        return shown.ToString();
    }
}
