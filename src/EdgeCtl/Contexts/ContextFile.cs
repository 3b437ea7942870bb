using System.Text.Json;
using EdgeCtl.Up;

namespace EdgeCtl.Contexts;

/// <summary>
/// The contexts' file: <c>$XDG_CONFIG_HOME/edgectl/contexts.json</c>, else <c>~/.config/edgectl/contexts.json</c>, mode 0600. A change
/// is made under a lock that two edgectl at once respect, and the file is replaced whole: a reader sees the old or the new one.
/// </summary>
public sealed class ContextFile(string path)
{
    private const int BytesMax = 1024 * 1024;
    private const int LockAttemptsMax = 200;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(25);

    public string Path { get; } = path;

    /// <summary>The user's own file. Throws <see cref="ContextException"/> where the environment names no home.</summary>
    public static ContextFile OfUser() => new(System.IO.Path.Combine(UserFolders.Configuration(), "edgectl", "contexts.json"));

    /// <summary>What is written, or nothing where there is no file. Throws <see cref="ContextException"/> where it can't be read.</summary>
    public StoredContexts Read()
    {
        try
        {
            var info = new FileInfo(Path);
            if (!info.Exists)
            {
                return new();
            }

            if (info.Length > BytesMax)
            {
                throw new ContextException($"{Path} has {info.Length} bytes, at most {BytesMax} are read: remove contexts from it");
            }

            using var stream = info.OpenRead();
            return JsonSerializer.Deserialize(stream, ContextJson.Default.StoredContexts) ?? new();
        }
        catch (JsonException e)
        {
            throw new ContextException($"{Path}:{(e.LineNumber ?? 0) + 1}: not the contexts that edgectl writes ({e.Path ?? "$"}): mend it, or move it away and make the contexts anew");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContextException($"{Path} can't be read: {e.Message}");
        }
    }

    /// <summary>Replaces what is written by what <paramref name="change"/> makes of it. Throws <see cref="ContextException"/>.</summary>
    public StoredContexts Change(Func<StoredContexts, StoredContexts> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var held = Lock();
            var before = Read();
            var after = change(before);
            if (!ReferenceEquals(before, after))
            {
                DurableFile.Replace(Path, JsonSerializer.SerializeToUtf8Bytes(after, ContextJson.Default.StoredContexts), DurableFile.OwnerOnly);
            }

            return after;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContextException($"{Path} can't be written: {e.Message}");
        }
    }

    // FileShare.None is flock(2) on Linux: it ends with the process that holds it, however that ends.
    private FileStream Lock()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path + ".lock", new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = DurableFile.OwnerOnly,
                });
            }
            catch (IOException) when (attempt < LockAttemptsMax && File.Exists(Path + ".lock"))
            {
                Task.Delay(LockPause).Wait();
            }
        }
    }
}
