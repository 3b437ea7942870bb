using System.Text;
using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up.Broker;

/// <summary>
/// The retained messages on disk: a file of changes, appended to, and written anew when most of it is out of date. A record that a crash left
/// unfinished ends the reading, and is cut off. One thread at a time.
/// </summary>
public sealed class RetainedJournal : IDisposable
{
    private const string FileName = "retained.journal";
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("EDGERET1");

    private readonly string _path;
    private FileStream _stream;

    private RetainedJournal(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
    }

    public long Length => _stream.Length;

    /// <summary>
    /// Reads what is there into <paramref name="messages"/>. <paramref name="mishap"/> is for the user, where something was lost. Throws
    /// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where the folder can't be used.
    /// </summary>
    public static RetainedJournal Open(string folder, IDictionary<string, RetainedMessage> messages, out string? mishap)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var path = Path.Combine(folder, FileName);
        mishap = File.Exists(path) ? Read(path, messages) : null;
        return new(path, Begin(path, messages.Values));
    }

    /// <summary>On disk when it returns. Throws <see cref="IOException"/>; what was to be written is then to be written by <see cref="Rewrite"/>.</summary>
    public void Append(IEnumerable<RetainedMessage> changes)
    {
        using var batch = new MemoryStream();
        foreach (var change in changes)
        {
            RetainedRecord.Write(batch, change);
        }

        _stream.Write(batch.GetBuffer().AsSpan(0, (int)batch.Length));
        _stream.Flush(flushToDisk: true);
    }

    /// <summary>Replaces the file by one that tells only these. Throws <see cref="IOException"/>, and the old one is still there.</summary>
    public void Rewrite(IEnumerable<RetainedMessage> messages)
    {
        var anew = Begin(_path, messages);
        _stream.Dispose();
        _stream = anew;
    }

    public void Dispose() => _stream.Dispose();

    // A new file in each case: it is sound from its first to its last byte, and the next record stands behind a whole one.
    private static FileStream Begin(string path, IEnumerable<RetainedMessage> messages)
    {
        var beside = path + ".new";
        File.Delete(beside);
        var stream = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            UnixCreateMode = DurableFile.OwnerOnly,
        });
        try
        {
            stream.Write(Magic);
            foreach (var message in messages)
            {
                RetainedRecord.Write(stream, message);
            }

            stream.Flush(flushToDisk: true);
            File.Move(beside, path, overwrite: true);
            Folder.Synchronise(Path.GetDirectoryName(path)!);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static string? Read(string path, IDictionary<string, RetainedMessage> messages)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 64 * 1024);
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
        {
            var aside = path + ".unreadable";
            File.Copy(path, aside, overwrite: true);
            return $"{path} is no journal of this broker: it begins empty, and what was there is kept as {aside}";
        }

        var whole = stream.Position;
        while (RetainedRecord.TryRead(stream) is { } message)
        {
            whole = stream.Position;
            if (message.IsCleared)
            {
                messages.Remove(message.Topic);
            }
            else
            {
                messages[message.Topic] = message;
            }
        }

        return whole == stream.Length ? null : $"{path}: the last {stream.Length - whole} bytes are no whole record, as after a crash, and were dropped";
    }
}
