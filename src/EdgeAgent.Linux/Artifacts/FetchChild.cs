using System.Globalization;
using System.Text;
using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.Artifacts;

/// <summary>A fetcher at work: under the machine's systemd as a service that can reach the network and one folder, else a child.</summary>
internal sealed class FetchChild : IDisposable
{
    private const string Run = "systemd-run";
    private const int LineMax = 1024;

    /// <summary>Of the fetcher's own memory, in base 16; what is packed is unpacked by others beside it.</summary>
    private const string HeapMax = "DOTNET_GCHeapHardLimit=6000000";

    // Each as systemd.exec(5) and systemd.resource-control(5) name it.
    private static readonly string[] Confinement =
    [
        "DynamicUser=yes", "StateDirectoryMode=0700", "UMask=0022", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "ProtectProc=invisible", "PrivateDevices=yes", "PrivateIPC=yes",
        "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectClock=yes", "ProtectHostname=yes", "RestrictNamespaces=yes", "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes", "LockPersonality=yes", "SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged", "SystemCallErrorNumber=EPERM", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "MemoryMax=512M", "TasksMax=64", "CPUWeight=20", "IOWeight=20", "OOMScoreAdjust=1000", "TimeoutStopSec=5s", "LogLevelMax=warning",
    ];

    /// <summary>What systemd-run(1) says of a unit that an earlier agent has left.</summary>
    private const string StillThere = "was already loaded";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ArtifactOptions _options;
    private readonly Descriptor _output;
    private readonly byte[] _line = new byte[LineMax];
    private readonly ITimer _end;
    private readonly Lock _gate = new();
    private readonly int _pid;
    private bool _isOver;
    private Descriptor? _input;

    /// <summary>Throws <see cref="IOException"/>.</summary>
    public FetchChild(ArtifactOptions options, FetchRequest request, TimeProvider time)
    {
        _options = options;
        var (read, input) = Descriptor.OfPipe();
        (_output, var write) = Descriptor.OfPipe();
        using (read)
        using (write)
        {
            var words = Words(options);
            _pid = Spawn.Start(words[0], words[1..], HeapMax, read, write);
        }

        _input = input;
        _end = time.CreateTimer(_ => EndUnlessOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _ = input.Write(Encoding.UTF8.GetBytes(request.Write()));
    }

    /// <summary>Why fetchers can't be confined here, for a person; empty: they can, or need not be.</summary>
    public static string LackOf(ArtifactOptions options) => options.Service is null ? "" :
        Fetching.ArchiveFormat.Find(Run) is null ? $"{Run} is not installed" :
        !File.Exists("/run/dbus/system_bus_socket") ? $"{Run} needs the system's message bus, which does not run (dbus.socket)" : "";

    /// <summary>From another thread: nobody waits for it any more. Where it doesn't end by itself it is ended.</summary>
    public void Cancel()
    {
        Close();
        _end.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void Close()
    {
        lock (_gate)
        {
            _input?.Dispose();
            _input = null;
        }
    }

    private void EndUnlessOver()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            _ = Libc.SendSignal(-_pid, Libc.Kill);
            End(_options);
        }
    }

    /// <summary>All of a service's processes, also of an earlier agent's.</summary>
    private static void End(ArtifactOptions options)
    {
        if (options.Service is { } service && Fetching.ArchiveFormat.Find("systemctl") is { } systemctl)
        {
            _ = ChildProgram.Run(systemctl, ["kill", "--signal=KILL", $"{service}.service"], Patience);
        }
    }

    /// <summary>To its end; its last word, or what it said instead.</summary>
    public FetchWord Follow(Action<string> comes)
    {
        FetchWord? last = null;
        var (other, toldAt) = ("", 0L);
        while (ReadLine() is { } line)
        {
            if (!FetchWord.TryRead(line, out var word))
            {
                other = line.Length == 0 ? other : line;
            }
            else if (word.Kind != FetchWordKind.Comes)
            {
                last = word;
            }
            else if (Environment.TickCount64 - toldAt >= FetchWorker.TellEveryMs / 2)
            {
                // At the agent's pace, whatever the fetcher's is.
                toldAt = Environment.TickCount64;
                comes(word.Text);
            }
        }

        Close();
        var exit = ChildProgram.Wait(_pid);
        lock (_gate)
        {
            _isOver = true;
        }

        if (last is null && other.Contains(StillThere, StringComparison.Ordinal))
        {
            End(_options);
            return new FetchWord(FetchWordKind.Waits, "does not come yet: an earlier fetch is still ending");
        }

        // What says that it is done and doesn't end so may still be writing.
        return last is { } said && (said.Kind != FetchWordKind.Done || exit == 0) ? said : new FetchWord(FetchWordKind.Failed, string.Create(CultureInfo.InvariantCulture, $"could not be fetched: what fetches it ended with {exit}{(other.Length > 0 ? $": {other}" : "")}"));
    }

    public void Dispose()
    {
        Close();
        _end.Dispose();
        _output.Dispose();
    }

    private static string[] Words(ArtifactOptions options)
    {
        if (options.Service is not { } service)
        {
            return [options.Program, FetchWorker.Verb];
        }

        string[] hidden = [.. options.Hidden.Concat(Systemd.Confinement.OfThisMachine().Doors()).Select(p => $"InaccessiblePaths=-{p.TrimStart('-')}")];
        return
        [
            Fetching.ArchiveFormat.Find(Run) ?? Run, "--quiet", "--pipe", "--wait", "--collect", "--service-type=exec", $"--unit={service}", $"--description=Fetches an artifact for edgeagent", $"--setenv={HeapMax}",
            .. Confinement.Append($"BindReadOnlyPaths={options.Program}").Append($"StateDirectory={service}").Append($"User={service}").Concat(hidden).Select(p => $"--property={p}"),
            "--", options.Program, FetchWorker.Verb,
        ];
    }

    /// <summary>Null at the end. Of a line that is too long the rest is left out.</summary>
    private string? ReadLine()
    {
        var length = 0;
        Span<byte> one = stackalloc byte[1];
        while (_output.Read(one) == 1)
        {
            if (one[0] == (byte)'\n')
            {
                return Encoding.UTF8.GetString(_line, 0, length);
            }

            if (length < LineMax)
            {
                _line[length++] = one[0];
            }
        }

        return length == 0 ? null : Encoding.UTF8.GetString(_line, 0, length);
    }
}
