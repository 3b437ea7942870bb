using System.Globalization;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Manifest;

/// <summary>Linux's signals by their names, as signal(7) has them on the architectures that an agent runs on.</summary>
internal static class SignalName
{
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= WorkloadLimits.SignalMax;
        }

        signal = Array.IndexOf(Names, text.StartsWith("SIG", StringComparison.Ordinal) ? text[3..] : text);
        return signal > 0;
    }

    public static string Of(int signal) => signal > 0 && signal < Names.Length ? $"SIG{Names[signal]}" : signal.ToString(CultureInfo.InvariantCulture);
}
