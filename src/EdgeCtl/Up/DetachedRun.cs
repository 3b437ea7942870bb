using System.IO.Pipes;
using EdgeCtl.Up.Binding;

namespace EdgeCtl.Up;

/// <summary><c>--detach</c>: this program again, in a session of its own, without a terminal; the caller waits until it says <c>ready</c>.</summary>
public sealed class DetachedRun(UpOptions options, TextWriter output, TextWriter errors)
{
    /// <summary>Throws <see cref="UpException"/> with what the other had to say where it ended instead.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var folder = options.Folder;
        if (options.Error() is { } error)
        {
            throw new UpException(error);
        }

        Directory.CreateDirectory(folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        BoundedLog.Bound(folder.Log);
        var logStart = BoundedLog.LengthOf(folder.Log);
        var program = Environment.ProcessPath ?? throw new UpException("this program doesn't know its own file: start it without --detach");
        using var children = new Children();
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var pid = Spawn.Start(program, Arguments(), folder.Log, pipe.ClientSafePipeHandle);
        pipe.DisposeLocalCopyOfClientHandle();
        var ended = children.WatchAsync(pid);
        try
        {
            using var reader = new StreamReader(pipe);
            var said = await reader.ReadLineAsync(stop).ConfigureAwait(false);
            if (said != "ready")
            {
                throw new UpException($"the fleet did not come up (edgectl {await ended.ConfigureAwait(false)}):\n{BoundedLog.Tail(folder.Log, logStart)}");
            }
        }
        catch (OperationCanceledException)
        {
            using var started = LiveProcess.Find(pid, _ => true);
            started?.Signal(Libc.Terminate);
            await ended.ConfigureAwait(false);
            throw new UpException("interrupted: what was started has been ended");
        }

        await errors.WriteLineAsync($"edgectl up: {options.Nodes} nodes, broker on port {options.Port}, all of it in {folder.Root} (pid {pid}); end it with edgectl down --dir {folder.Root}").ConfigureAwait(false);
        await output.WriteLineAsync("ready").ConfigureAwait(false);
    }

    private List<string> Arguments()
    {
        List<string> arguments = ["up", "--nodes", $"{options.Nodes}", "--port", $"{options.Port}", "--dir", options.Folder.Root, "--bind", $"{options.Bind}"];
        if (options.Keep)
        {
            arguments.Add("--keep");
        }

        return arguments;
    }
}
