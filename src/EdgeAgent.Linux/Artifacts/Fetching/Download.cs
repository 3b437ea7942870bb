using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Artifacts.Fetching;

/// <summary>
/// An archive to a file, by curl(1), whose bytes are counted and digested as they come. What had come when an earlier one ended is gone on with.
/// </summary>
internal sealed class Download(FetchRequest request, Companion beside, Action<string> tell)
{
    private const int OutputMax = 4096;
    private const int BufferBytes = 256 * 1024;

    // curl(1), EXIT CODES: what may be otherwise the next time, what the server said, and that it can't go on in the middle.
    private static readonly int[] Passing = [5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92];
    private const int HttpFailed = 22;
    private const int CanNotWrite = 23;
    private const string NotInTheMiddle = "416";
    private const int NoRange = 33;
    private const int TooLarge = 63;

    private static readonly string[] PassingAnswers = ["408", "425", "429", "500", "502", "503", "504"];
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly byte[] _buffer = new byte[BufferBytes];

    public static string PartOf(FetchRequest request) => Path.Combine(request.Folder, $"{request.Sha256}.part");

    /// <summary>All but the archive.</summary>
    public static void Clear(FetchRequest request)
    {
        File.Delete(HeadOf(request));
        File.Delete(AuthoritiesOf(request));
    }

    private static string HeadOf(FetchRequest request) => Path.Combine(request.Folder, $"{request.Sha256}.head");

    private static string AuthoritiesOf(FetchRequest request) => Path.Combine(request.Folder, "authorities.pem");

    /// <summary>The whole archive, and it is what it should be. Throws <see cref="ArtifactRefusedException"/> or <see cref="FetchFailedException"/>.</summary>
    public void Run()
    {
        var part = PartOf(request);
        if (File.Exists(part) && DigestOf(part) == request.Sha256)
        {
            return;
        }

        if (File.Exists(part) && !TryRun(part, new FileInfo(part).Length))
        {
            // It can't be gone on with: what is here is no beginning of what is there, or the server gives all or nothing. From its begin, once.
            File.Delete(part);
        }

        if (!File.Exists(part))
        {
            _ = TryRun(part, 0);
        }
    }

    /// <summary>False where what had come before may be what is wrong.</summary>
    private bool TryRun(string part, long had)
    {
        tell(had > 0 ? $"fetching, from {FetchWord.Size(had)} on" : "fetching");
        var (exit, said, digest) = Ask(part, had);
        if (exit == 0 && digest == request.Sha256)
        {
            return true;
        }

        if (had > 0 && (exit is 0 or NoRange || (exit == HttpFailed && said.StartsWith(NotInTheMiddle, StringComparison.Ordinal))))
        {
            return false;
        }

        if (exit == 0)
        {
            File.Delete(part);
            throw new ArtifactRefusedException($"is another: its sha256 is {digest}, and the manifest says {request.Sha256}");
        }

        var has = File.Exists(part) ? new FileInfo(part).Length : 0;
        Judge(exit, said, has, part);
        throw new FetchFailedException($"does not come: {said}") { Had = has };
    }

    private void Judge(int exit, string said, long has, string part)
    {
        if (has > request.ArchiveMax || exit == TooLarge)
        {
            File.Delete(part);
            throw new ArtifactRefusedException($"is larger than what is left for artifacts here ({FetchWord.Size(request.ArchiveMax)} of [Artifacts] Disk)") { IsTooLarge = true };
        }

        var free = new DriveInfo(request.Folder).AvailableFreeSpace;
        if (exit == CanNotWrite || free < request.Reserve)
        {
            // It gives back what it has taken: the device needs that more.
            File.Delete(part);
            throw Unpacking.NoRoom(free, request);
        }

        if (!Passing.Contains(exit) && !(exit == HttpFailed && PassingAnswers.Any(a => said.StartsWith(a, StringComparison.Ordinal))))
        {
            throw new FetchFailedException($"does not come: {said}");
        }
    }

    /// <summary>curl's exit code, what it said last (the server's status first), and the digest of all that is in the file.</summary>
    private (int Exit, string Said, string Digest) Ask(string part, long had)
    {
        var curl = ArchiveFormat.Find("curl") ?? throw new FetchFailedException("does not come: curl is not installed");
        var (configRead, configWrite) = Descriptor.OfPipe();
        var (read, write) = Descriptor.OfPipe();
        using var output = read;
        int pid;
        using (configRead)
        using (write)
        {
            pid = Spawn.Start(curl, ["--disable", "--config", "-"], "LC_ALL=C", configRead, write);
        }

        using (configWrite)
        {
            _ = configWrite.Write(Encoding.UTF8.GetBytes(Config(part, had)));
        }

        beside.Began(pid);
        var (said, digest) = Watch(output, part, pid);
        var exit = ChildProgram.Wait(pid);
        beside.Ended();
        return (exit, said, digest);
    }

    /// <summary>curl's own options, by its standard input: a key is nobody's to read.</summary>
    private string Config(string part, long had)
    {
        var text = new StringBuilder();
        Set("url", request.Url);
        Set("output", part);
        Set("dump-header", HeadOf(request));
        foreach (var flag in (string[])["silent", "show-error", "fail", "globoff"])
        {
            text.Append(flag).Append('\n');
        }

        // Only what the manifest's address asks for, also where a server sends elsewhere: to another scheme never, of an object store to nowhere, for the request is signed.
        Set("proto", $"={new Uri(request.Url).Scheme}");
        if (request.Region.Length > 0)
        {
            Set("aws-sigv4", $"aws:amz:{request.Region}:s3");
            Set("user", request.Key);

            // Stores want it, and curl before 8.x doesn't say it by itself: of a request without a body.
            Set("header", $"x-amz-content-sha256: {Convert.ToHexStringLower(SHA256.HashData([]))}");
        }
        else
        {
            text.Append("location\n");
            Set("max-redirs", "5");
        }

        Set("connect-timeout", "20");
        Set("speed-limit", "100");
        Set("speed-time", "60");
        Set("max-filesize", request.ArchiveMax.ToString(CultureInfo.InvariantCulture));
        Set("write-out", "\\n%{http_code}\\n");
        if (had > 0)
        {
            Set("continue-at", had.ToString(CultureInfo.InvariantCulture));
        }

        if (request.Rate > 0)
        {
            Set("limit-rate", request.Rate.ToString(CultureInfo.InvariantCulture));
        }

        if (request.Authorities.Length > 0)
        {
            // The agent's file may be where the fetcher sees nothing.
            File.WriteAllBytes(AuthoritiesOf(request), Convert.FromBase64String(request.Authorities));
            Set("cacert", AuthoritiesOf(request));
        }

        return text.ToString();

        void Set(string name, string value) => text.Append(name).Append(" = \"").Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append("\"\n");
    }

    private (string Said, string Digest) Watch(Descriptor output, string part, int pid)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var said = new byte[OutputMax];
        var (length, seen, told, toldAt) = (0, 0L, 0L, Environment.TickCount64);
        FileStream? file = null;
        try
        {
            for (var isOver = false; !isOver;)
            {
                if (output.IsReadable(LookEvery))
                {
                    // What is beyond the most is read and forgotten.
                    var room = length < said.Length ? said.AsSpan(length) : _buffer;
                    var count = output.Read(room);
                    isOver = count == 0;
                    length = Math.Min(said.Length, length + count);
                }

                file ??= File.Exists(part) ? new FileStream(part, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 }) : null;
                seen += Follow(file, hash);
                if (seen > request.ArchiveMax || new DriveInfo(request.Folder).AvailableFreeSpace < request.Reserve)
                {
                    _ = Libc.SendSignal(-pid, Libc.Kill);
                }

                if (seen > told && Environment.TickCount64 - toldAt >= FetchWorker.TellEveryMs)
                {
                    (told, toldAt) = (seen, Environment.TickCount64);
                    TellOf(seen);
                }
            }
        }
        finally
        {
            file?.Dispose();
        }

        return (Words(Encoding.UTF8.GetString(said, 0, length)), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private long Follow(FileStream? file, IncrementalHash hash)
    {
        var all = 0L;
        for (int count; file is not null && (count = file.Read(_buffer)) > 0; all += count)
        {
            hash.AppendData(_buffer, 0, count);
        }

        return all;
    }

    private void TellOf(long seen)
    {
        var total = TotalOf(HeadOf(request));
        tell(total > 0 ? string.Create(CultureInfo.InvariantCulture, $"fetching: {FetchWord.Size(seen)} of {FetchWord.Size(total)} ({Math.Min(100, seen * 100 / total)} %)") : $"fetching: {FetchWord.Size(seen)}");
    }

    /// <summary>Of the last answer, for others sent elsewhere; zero: it doesn't say.</summary>
    private static long TotalOf(string head)
    {
        var total = 0L;
        try
        {
            foreach (var line in File.ReadLines(head).Take(200))
            {
                var value = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
                total = line.StartsWith("HTTP/", StringComparison.OrdinalIgnoreCase) ? 0
                    : line.StartsWith("content-range:", StringComparison.OrdinalIgnoreCase) && long.TryParse(value[(value.IndexOf('/', StringComparison.Ordinal) + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
                    : line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase) && total == 0 && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length
                    : total;
            }
        }
        catch (IOException)
        {
            // There is none yet.
        }

        return total;
    }

    /// <summary>The server's status, then what curl says of it.</summary>
    private static string Words(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var error = lines.LastOrDefault(l => l.StartsWith("curl: ", StringComparison.Ordinal)) ?? "";
        error = error.Length == 0 ? "" : error[(error.IndexOf(')', StringComparison.Ordinal) + 1)..].Trim();
        var status = lines.Select(l => l.Length >= 3 ? l[..3] : "").LastOrDefault(l => l.All(char.IsAsciiDigit) && l.Length == 3 && l != "000") ?? "";
        return $"{status} {error}".Trim();
    }

    private string DigestOf(string file)
    {
        tell("looking at what has come before");
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
