using System.Security.Cryptography;
using EdgeAgent.Core.Fleet;

namespace EdgeAgent.Daemon.Machine;

/// <summary>The default name: the host's as a DNS label, and six characters of a random id that is kept, since many hosts have one name.</summary>
internal static class NodeName
{
    private const int HostLengthMax = 33;
    private const int IdLength = 6;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Throws <see cref="IOException"/> where the id can't be kept.</summary>
    public static NodeId ReadOrMake(string stateDirectory)
    {
        var file = Path.Combine(stateDirectory, "node-id");
        if (!File.Exists(file))
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            using var made = new StreamWriter(File.Open(file + ".new", options));
            made.WriteLine(RandomNumberGenerator.GetString(Letters, IdLength));
            made.Flush();
            // A device may lose its power before the first minute is over, and an empty id would keep it from starting.
            ((FileStream)made.BaseStream).Flush(flushToDisk: true);
            made.Close();
            File.Move(file + ".new", file);
        }

        var id = File.ReadAllText(file).Trim();
        var host = new string([.. Environment.MachineName.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        var name = $"{(host.Length > HostLengthMax ? host[..HostLengthMax].TrimEnd('-') : host.Length == 0 ? "node" : host)}-{id}";
        return id.Length == IdLength && NodeId.TryParse(name, out var node) ? node : throw new IOException($"{file} holds no id of six letters: remove it, and another is drawn");
    }
}
