using System.Text;

namespace EdgeAgent.Daemon.Configuration;

/// <summary>What nobody may read in a log: however it is printed, it prints as <c>***</c>.</summary>
public sealed class Secret
{
    private readonly string _text;

    private Secret(string text) => _text = text;

    /// <summary>A file's content, less a last line feed. Read at each use, so that a renewed one is taken up.</summary>
    public static Secret OfFile(string path) => new(File.ReadAllText(path).TrimEnd('\r', '\n'));

    /// <summary>For whoever it is meant for, in UTF-8.</summary>
    public byte[] Reveal() => Encoding.UTF8.GetBytes(_text);

    public override string ToString() => "***";
}
