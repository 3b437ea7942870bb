using EdgeAgent.Linux.Artifacts.Fetching;
using EdgeAgent.Linux.Runtimes.Binding;
using Microsoft.Win32.SafeHandles;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>
/// A process of the agent's program that fetches and unpacks one archive, apart from the agent: what a server sends, and what is packed, is read here, as a user who has nothing but one folder, and its memory isn't the
/// agent's. It ends when nobody waits for it any more, which is when its standard input ends.
/// </summary>
public sealed class FetchWorker
{
    /// <summary>What starts it; no verb for people.</summary>
    public const string Verb = "fetch-artifact";

    internal const int TellEveryMs = 5000;

    private const int SignalExit = 128;

    /// <summary>What came of an archive is gone on with for so long.</summary>
    private static readonly TimeSpan PartsKept = TimeSpan.FromDays(1);

    private readonly FetchRequest _request;
    private readonly TextWriter _output;
    private readonly Companion _beside = new();
    private long _toldAt = -TellEveryMs;

    private FetchWorker(FetchRequest request, TextWriter output) => (_request, _output) = (request, output);

    private string Tree => Path.Combine(_request.Folder, $"{_request.Sha256}.tree");

    /// <summary>The exit code: 0 where it is fetched.</summary>
    public static int Run(TextReader input, TextWriter output)
    {
        if (FetchRequest.Read(input) is not { } request)
        {
            return 1;
        }

        var worker = new FetchWorker(request, output);
        new Thread(() => worker.EndWith(input), maxStackSize: 256 * 1024) { IsBackground = true, Name = "input" }.Start();
        var word = worker.Fetch();
        worker.Say(word);
        return word.Kind == FetchWordKind.Done ? 0 : 1;
    }

    private FetchWord Fetch()
    {
        var part = Download.PartOf(_request);
        try
        {
            ClearOld();
            new Download(_request, _beside, Tell).Run();
            var format = ArchiveFormat.Of(part);
            var unpacking = new Unpacking(_request, Tree, Tell);
            Unpack(format, part, unpacking);
            var archive = new FileInfo(part).Length;
            File.Delete(part);
            return new FetchWord(FetchWordKind.Done, $"a {format.Name} of {FetchWord.Size(archive)}, {unpacking.Entries} entries of {FetchWord.Size(unpacking.Bytes)}") { Bytes = unpacking.Bytes };
        }
        catch (ArtifactRefusedException e)
        {
            Clear(Tree);
            File.Delete(part);
            return new FetchWord(e.IsTooLarge ? FetchWordKind.TooLarge : FetchWordKind.Refused, e.Message);
        }
        catch (FetchFailedException e)
        {
            Clear(Tree);
            return new FetchWord(e.IsNoRoom ? FetchWordKind.NoRoom : e.Had is null ? FetchWordKind.Failed : FetchWordKind.Waits, e.Message) { Bytes = e.Had ?? 0 };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Clear(Tree);
            return new FetchWord(FetchWordKind.Failed, $"can't be written on the device: {e.Message}");
        }
        finally
        {
            Download.Clear(_request);
        }
    }

    private void Unpack(ArchiveFormat format, string part, Unpacking unpacking)
    {
        if (format.Program.Length == 0)
        {
            using var file = File.OpenRead(part);
            unpacking.Run(file);
            return;
        }

        var program = ArchiveFormat.Find(format.Program) ?? throw new FetchFailedException($"is a {format.Name}, and {format.Program} is not installed on the device");
        var (read, write) = Descriptor.OfPipe();
        using var output = read;
        int pid;
        using (write)
        {
            // What it says of errors is nobody's: names in it are a stranger's.
            pid = Spawn.Start(program, [.. format.Arguments, part], "LC_ALL=C", write, mergesErrors: false);
        }

        _beside.Began(pid);
        try
        {
            using var stream = new FileStream(new SafeFileHandle(output.Fd, ownsHandle: false), FileAccess.Read, bufferSize: 64 * 1024);
            unpacking.Run(stream);
        }
        catch
        {
            _ = Libc.SendSignal(-pid, Libc.Kill);
            _ = ChildProgram.Wait(pid);
            throw;
        }

        var exit = ChildProgram.Wait(pid);
        _beside.Ended();
        if (exit > SignalExit)
        {
            throw new FetchFailedException($"could not be unpacked: {format.Program} was ended by signal {exit - SignalExit}, which is 9 where the memory that fetching may have was too little");
        }

        if (exit != 0)
        {
            throw new ArtifactRefusedException($"is damaged: {format.Program} ended with {exit}");
        }
    }

    /// <summary>An agent that is gone or wants it no more closes its end.</summary>
    private void EndWith(TextReader input)
    {
        while (input.Read() >= 0)
        {
            // Nothing more is said.
        }

        _beside.End();
        Environment.Exit(1);
    }

    private void Tell(string text)
    {
        var now = Environment.TickCount64;
        if (now - _toldAt >= TellEveryMs)
        {
            _toldAt = now;
            Say(new FetchWord(FetchWordKind.Comes, text));
        }
    }

    private void Say(FetchWord word)
    {
        _output.WriteLine(word.Write());
        _output.Flush();
    }

    /// <summary>What earlier ones have left: what is unpacked and nobody has taken, and of other archives what came long ago.</summary>
    private void ClearOld()
    {
        foreach (var folder in Directory.GetDirectories(_request.Folder))
        {
            Clear(folder);
        }

        foreach (var file in Directory.GetFiles(_request.Folder).Where(f => !Path.GetFileName(f).StartsWith(_request.Sha256, StringComparison.Ordinal) && DateTime.UtcNow - File.GetLastWriteTimeUtc(f) > PartsKept))
        {
            File.Delete(file);
        }
    }

    private static void Clear(string tree)
    {
        if (Directory.Exists(tree))
        {
            Directory.Delete(tree, recursive: true);
        }
    }
}
