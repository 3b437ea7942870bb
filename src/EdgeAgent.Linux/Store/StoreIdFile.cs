using System.Security.Cryptography;
using System.Text;

namespace EdgeAgent.Linux.Store;

/// <summary>
/// The store's id in a file of its own beside the database: a database that is set aside as corrupt takes it along, and what runs would
/// be a stranger's to its own agent.
/// </summary>
internal static class StoreIdFile
{
    private const int Bytes = 16;

    public static string Draw() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Null where there is none that can be read.</summary>
    public static string? Read(string storePath)
    {
        try
        {
            var id = File.ReadAllText(Of(storePath)).Trim();
            return id.Length == Bytes * 2 && id.All(char.IsAsciiHexDigitLower) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A disk that takes nothing is no reason not to start: the database has it too.</summary>
    public static void Keep(string storePath, string id)
    {
        if (Read(storePath) == id)
        {
            return;
        }

        var (file, next) = (Of(storePath), Of(storePath) + ".new");
        try
        {
            using (var made = File.Open(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                made.Write(Encoding.ASCII.GetBytes($"{id}\n"));
                made.Flush(flushToDisk: true);
            }

            File.Move(next, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(next);
        }
    }

    private static string Of(string storePath) => $"{storePath}.id";
}
