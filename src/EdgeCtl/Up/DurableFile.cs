using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up;

/// <summary>Files that are whole or not there, also after a power cut: written beside, synchronised, renamed, and the folder synchronised too.</summary>
public static class DurableFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public const UnixFileMode EverybodyReads = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Replaces the file in one step. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        var beside = $"{path}.{Environment.ProcessId}.new";
        try
        {
            File.Delete(beside);
            using (var stream = new FileStream(beside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode, BufferSize = 0 }))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }

        Folder.Synchronise(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
