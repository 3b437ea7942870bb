using System.Globalization;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>How a check failed, for people; <c>last</c> is the last line that it wrote.</summary>
internal static class CheckText
{
    public static string Exit(int code, string last) => With($"exit code {code.ToString(CultureInfo.InvariantCulture)}", last);

    public static string Signal(int signal, string last) => With($"ended by signal {signal.ToString(CultureInfo.InvariantCulture)}", last);

    public static string Late(string last) => With("it took longer than its timeout and was killed", last);

    public static string NotStarted(string why) => $"it could not be started: {why}";

    private static string With(string how, string last) => last.Length == 0 ? how : $"{how}: {last}";
}
