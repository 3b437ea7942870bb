using System.Globalization;
using System.Text;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Runtimes;

/// <summary>
/// A slot's folder, <c>work/{workload}.{index}</c>: <c>spec</c> is the agent's word to the shim, <c>state</c> the shim's to the agent,
/// <c>log</c> and <c>log.old</c> are what the work wrote. The logs stay when the unit is gone.
/// </summary>
internal sealed class UnitFolder(string work, SlotId slot)
{
    public SlotId Slot => slot;

    public string Path { get; } = System.IO.Path.Combine(work, $"{slot.Workload}.{slot.Index.ToString(CultureInfo.InvariantCulture)}");

    public string Log => Part("log");

    public string OldLog => Part("log.old");

    public string ShimErrors => Part("shim.err");

    public bool HasUnit => File.Exists(Part("spec"));

    public static IEnumerable<UnitFolder> All(string work)
    {
        foreach (var path in Directory.Exists(work) ? Directory.GetDirectories(work) : [])
        {
            var name = System.IO.Path.GetFileName(path);
            var dot = name.LastIndexOf('.');
            if (dot > 0 && WorkloadName.TryParse(name[..dot], out var workload) && int.TryParse(name[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                yield return new UnitFolder(work, new SlotId(workload, index));
            }
        }
    }

    public void Write(UnitSpec spec, ExecRun program, string mark, string boot, long logBytes)
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(Part("state"));
        File.Delete(Part("stop"));
        var text = new StringBuilder();
        Add(text, "incarnation", spec.Tag.Incarnation.ToString());
        Add(text, "generation", spec.Tag.Generation.ToString(CultureInfo.InvariantCulture));
        Add(text, "epoch", spec.Tag.Epoch.ToString());
        Add(text, "mark", mark);
        Add(text, "boot", boot);
        AddProgram(text, spec, program, mark);
        Add(text, "restart", spec.Restart.Rule switch { RestartRule.Always => "always", RestartRule.OnFailure => "on-failure", _ => "never" });
        Add(text, "backoff-max-ms", Ms(spec.Restart.BackoffMax));
        Add(text, "log-bytes", logBytes.ToString(CultureInfo.InvariantCulture));
        Write("spec", Add(text, spec.Stop).ToString());
    }

    public void WriteStop(StopRule rule) => Write("stop", Add(new StringBuilder(), rule).ToString());

    /// <summary>What a shim needs to know to run a check: it has no folder.</summary>
    public static byte[] CheckText(UnitSpec spec, string mark) => Encoding.UTF8.GetBytes(AddProgram(new StringBuilder(), spec, (ExecRun)spec.Run, mark).ToString());

    /// <summary>What was launched, and under which mark and boot; null where the spec isn't whole.</summary>
    public (UnitTag Tag, string Mark, string Boot)? ReadTag()
    {
        try
        {
            var parts = File.ReadAllText(Part("spec")).Split('\0');
            string Value(string key) => Array.IndexOf(parts, key) is >= 0 and var i && i % 2 == 0 && i + 1 < parts.Length ? parts[i + 1] : "";
            return UInt128.TryParse(Value("incarnation"), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var incarnation)
                && long.TryParse(Value("generation"), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
                && long.TryParse(Value("epoch"), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                    ? (new UnitTag(slot, new Incarnation(incarnation), generation, new Epoch(epoch)), Value("mark"), Value("boot"))
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public ShimState ReadState() => ShimState.Read(Part("state"));

    /// <summary>The shim's own words, where it could not even begin.</summary>
    public string ReadShimErrors()
    {
        try
        {
            return File.ReadAllText(ShimErrors).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Everything but the logs. What can't be removed now is found, and ended as nobody's, at the next start.</summary>
    public void TryClear()
    {
        foreach (var name in (string[])["spec", "stop", "state", "state.new", "shim.err"])
        {
            try
            {
                File.Delete(Part(name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A disk that is read-only all of a sudden.
            }
        }
    }

    private string Part(string name) => System.IO.Path.Combine(Path, name);

    private void Write(string name, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var file = File.Open(Part(name), options);
        file.Write(Encoding.UTF8.GetBytes(text));
    }

    private static StringBuilder AddProgram(StringBuilder text, UnitSpec spec, ExecRun program, string mark)
    {
        foreach (var argument in program.Command)
        {
            Add(text, "arg", argument);
        }

        if (!spec.Environment.ContainsKey("PATH"))
        {
            Add(text, "env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        }

        if (spec.Artifact is { } artifact)
        {
            Add(text, "folder", artifact);
            Add(text, "env", $"EDGE_ARTIFACT={artifact}");
        }

        foreach (var (key, value) in spec.Environment)
        {
            Add(text, "env", $"{key}={value}");
        }

        Add(text, "env", mark);
        Add(text, "run-max-ms", Ms(spec.RunTimeMax));
        return text;
    }

    private static StringBuilder Add(StringBuilder text, StopRule rule)
    {
        Add(text, "stop-signal", rule.Signal.ToString(CultureInfo.InvariantCulture));
        Add(text, "stop-timeout-ms", Ms(rule.Timeout));
        return text;
    }

    /// <summary>A NUL in a value would end it; validation refuses such arguments before.</summary>
    private static void Add(StringBuilder text, string key, string value) => text.Append(key).Append('\0').Append(value.Replace("\0", "", StringComparison.Ordinal)).Append('\0');

    private static string Ms(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
