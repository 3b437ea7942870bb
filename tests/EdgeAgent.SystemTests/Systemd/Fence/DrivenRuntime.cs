using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using EdgeAgent.SystemTests.Frame;
using Xunit;

namespace EdgeAgent.SystemTests.Systemd.Fence;

/// <summary>A <see cref="RuntimeProgram"/> in the lab's container, and the test at its other end.</summary>
internal sealed class DrivenRuntime : IAsyncDisposable
{
    private const string StoreId = "0123456789abcdef0123456789abcdef";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly SystemdLab _lab;
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _unheard = [];

    private DrivenRuntime(SystemdLab lab, Process process)
    {
        (_lab, _process) = (lab, process);
        _ = ReadAsync();
    }

    /// <summary>What lacks for a fence.</summary>
    public string FenceLack { get; private set; } = "";

    public string Pid { get; private set; } = "";

    /// <summary>The units of a fence of the agent of this name.</summary>
    public static string LeaseOf(string node) => $"edge-lease@{node}_{StoreId[..8]}.target";

    public static string FallOf(string node) => $"edge-fence@{node}_{StoreId[..8]}.target";

    public static string TimersOf(string node) => $"edge-fence-{node}_{StoreId[..8]}@*.timer";

    /// <summary>The machine's monotonic clock, which the container has too.</summary>
    public static TimeSpan Now => TimeSpan.FromSeconds((double)Stopwatch.GetTimestamp() / Stopwatch.Frequency);

    public static async Task<DrivenRuntime> StartAsync(SystemdLab lab, string node)
    {
        lab.Require();
        var dotnet = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", "..", "dotnet"));
        var runtime = new DrivenRuntime(lab, lab.Begin(dotnet, typeof(DrivenRuntime).Assembly.Location, RuntimeProgram.Verb, node, StoreId));
        var ready = (await runtime.HearAsync("ready")).Split(' ', 3);
        (runtime.Pid, runtime.FenceLack) = (ready[1], ready[2]);
        await runtime.SayAsync("list");
        return runtime;
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next line that begins so; others before it can be heard later.</summary>
    public async Task<string> HearAsync(string beginning)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Soon);
        try
        {
            while (true)
            {
                if (Said(beginning) is [var line, ..])
                {
                    _unheard.Remove(line);
                    return line;
                }

                _unheard.Add(await _lines.Reader.ReadAsync(bound.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            throw new TimeoutException($"\"{beginning}\" was not said; what was: {string.Join("; ", _unheard)}", e);
        }
    }

    /// <summary>Lines that have come so far and were not heard.</summary>
    public IReadOnlyList<string> Said(string beginning)
    {
        while (_lines.Reader.TryRead(out var line))
        {
            _unheard.Add(line);
        }

        return _unheard.FindAll(l => l.StartsWith(beginning, StringComparison.Ordinal));
    }

    /// <summary>Puts the fence up until then; the trouble that this made, empty: none.</summary>
    public async Task<string> FenceAsync(TimeSpan until)
    {
        var asked = string.Create(CultureInfo.InvariantCulture, $"{(long)until.TotalMicroseconds}");
        await SayAsync($"fence {asked}");
        return (await HearAsync($"fenced {asked} "))[$"fenced {asked} ".Length..];
    }

    public async Task FencedAsync(TimeSpan until) => Assert.Equal("", await FenceAsync(until));

    /// <summary>Starts fenced work with this script; its pid.</summary>
    public async Task<string> StartAsync(string name, string script, string restart = "Always", int timeoutMs = 2000)
    {
        await SayAsync($"start {name} {restart} {timeoutMs} fenced {script}");
        return (await HearAsync($"started {name} ")).Split(' ')[2];
    }

    public Task SignalAsync(string signal) => SucceedAsync("kill", $"-{signal}", Pid);

    public async Task SucceedAsync(params string[] command) => (await _lab.RunAsync(command)).Succeeded();

    /// <summary>Ends what it has started, and with it the fence.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}
