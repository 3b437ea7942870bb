using System.Globalization;

namespace EdgeAgent.SystemTests.Systemd.Fence;

/// <summary>Work that writes many times a second that it lives: when the last of it was is its own word, whoever ended it.</summary>
internal sealed class Beats(string file)
{
    /// <summary>Ends at the first SIGTERM.</summary>
    public string Script { get; } = LoopOf(file);

    /// <summary>Ends by nothing but SIGKILL.</summary>
    public string DeafScript { get; } = $"trap '' TERM; {LoopOf(file)}";

    /// <summary>When it said last that it lives, on the machine's clock.</summary>
    public TimeSpan Last => Lines is [.., var last] ? TimeSpan.FromSeconds(double.Parse(last.Split(' ')[0], CultureInfo.InvariantCulture)) : TimeSpan.Zero;

    public int Count => Lines.Length;

    private static string LoopOf(string file) => $"while :; do read now rest </proc/uptime; echo $now $$ >> {file}; sleep 0.05; done";

    private string[] Lines => File.Exists(file) ? [.. File.ReadAllLines(file).Where(l => l.Contains(' ', StringComparison.Ordinal))] : [];
}
