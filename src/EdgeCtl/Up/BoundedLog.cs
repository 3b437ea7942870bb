namespace EdgeCtl.Up;

/// <summary>A log that others append to: at most this file and the one before it, each of about <see cref="BytesMax"/>.</summary>
internal static class BoundedLog
{
    public const long BytesMax = 8 * 1024 * 1024;
    private const int TailBytes = 4096;

    /// <summary>Sets a long log aside under <c>.1</c> and empties it. Who has it open to append goes on in the empty file.</summary>
    public static void Bound(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > BytesMax })
            {
                File.Copy(path, path + ".1", overwrite: true);
                using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                stream.SetLength(0);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next turn; a full disk is what the log's writers notice themselves.
        }
    }

    /// <summary>Its last lines from the byte <paramref name="from"/> on, at most 4 KiB of them.</summary>
    public static string Tail(string path, long from = 0)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = Math.Clamp(stream.Length - TailBytes, Math.Min(from, stream.Length), stream.Length);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().TrimEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public static long LengthOf(string path) => new FileInfo(path) is { Exists: true } info ? info.Length : 0;
}
