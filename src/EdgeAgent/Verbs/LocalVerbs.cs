using System.Globalization;
using System.Reflection;
using System.Text.Json;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Daemon.Configuration;
using EdgeAgent.Daemon.Control;

namespace EdgeAgent.Daemon.Verbs;

/// <summary>What the verbs share that ask the running agent.</summary>
internal static class Local
{
    public static AgentConfiguration Configuration(Arguments arguments) => ConfigurationReader.Read(arguments.Config, Environments.Read());

    public static ControlClient Client(Arguments arguments) => new(Configuration(arguments).SocketPath);

    public static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText() : "";

    /// <summary>Columns as wide as their widest cell.</summary>
    public static void WriteTable(IReadOnlyList<string[]> rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
        {
            Console.WriteLine(string.Join("   ", row.Select((cell, c) => c == row.Length - 1 ? cell : cell.PadRight(widths[c]))).TrimEnd());
        }
    }
}

internal static class StatusVerb
{
    public static int Run(Arguments arguments)
    {
        using var answer = Local.Client(arguments).Ask("status");
        var status = answer.RootElement;
        if (arguments.IsJson)
        {
            Console.WriteLine(status.GetRawText());
            return 0;
        }

        var (capacity, free) = (status.GetProperty("capacity"), status.GetProperty("free"));
        List<string[]> rows =
        [
            ["Node", Local.Text(status, "name")],
            ["Fleet, cell", $"{Local.Text(status, "fleet")}, {Local.Text(status, "cell")}"],
            ["Connection", $"{Local.Text(status, "link")}: {Local.Text(status, "broker")}"],
            ["Runtime", $"{Local.Text(status, "runtime")}, sandbox {Local.Text(status, "sandbox")}"],
            ["System", $"{Local.Text(status, "operatingSystem")}, Linux {Local.Text(status, "kernel")}, {Local.Text(status, "architecture")}"],
            ["Free", $"{Local.Text(free, "cpu")} of {Local.Text(capacity, "cpu")} cpu, {Local.Text(free, "memory")} of {Local.Text(capacity, "memory")} memory"],
            ["Slots", Local.Text(status, "slots")],
            ["Version", Local.Text(status, "version")],
        ];
        rows.AddRange(status.GetProperty("conditions").EnumerateObject().Select(c => new[] { c.Name, c.Value.GetString()! }));
        Local.WriteTable(rows);
        return 0;
    }
}

internal static class SlotsVerb
{
    public static int Run(Arguments arguments)
    {
        using var answer = Local.Client(arguments).Ask("slots");
        if (arguments.IsJson)
        {
            Console.WriteLine(answer.RootElement.GetRawText());
            return 0;
        }

        List<string[]> rows = [["WORKLOAD", "INDEX", "PHASE", "EPOCH", "PID", "RESTARTS", "REASON"]];
        rows.AddRange(answer.RootElement.GetProperty("items").EnumerateArray().Select(s => (string[])
            [Local.Text(s, "workload"), Local.Text(s, "index"), Local.Text(s, "phase"), Local.Text(s, "epoch"), Local.Text(s, "pid"), Local.Text(s, "restarts"), Local.Text(s, "reason")]));
        Local.WriteTable(rows);
        return 0;
    }
}

internal static class WhyVerb
{
    public static int Run(Arguments arguments)
    {
        if (arguments.Words.Count != 1)
        {
            Console.Error.WriteLine("usage: edgeagent why WORKLOAD");
            return 2;
        }

        using var answer = Local.Client(arguments).Ask("why", ("workload", arguments.Words[0]));
        if (arguments.IsJson)
        {
            Console.WriteLine(answer.RootElement.GetRawText());
            return 0;
        }

        foreach (var line in answer.RootElement.GetProperty("lines").EnumerateArray())
        {
            Console.WriteLine(line.GetString());
        }

        foreach (var decision in answer.RootElement.GetProperty("decisions").EnumerateArray())
        {
            Console.WriteLine($"  {Local.Text(decision, "line")}");
        }

        return 0;
    }
}

internal static class LogsVerb
{
    public static int Run(Arguments arguments)
    {
        var parts = arguments.Words.Count == 1 ? arguments.Words[0].Split('/') : [];
        if (parts.Length is 0 or > 2 || !WorkloadName.TryParse(parts[0], out _) || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            Console.Error.WriteLine("usage: edgeagent logs WORKLOAD[/INDEX] [-f] [-n LINES]");
            return 2;
        }

        var client = Local.Client(arguments);
        foreach (var index in parts.Length == 2 ? [parts[1]] : Indexes(client, parts[0]))
        {
            using var lines = client.Open("logs", [("workload", parts[0]), ("index", index), ("lines", arguments.Lines ?? ""), ("follow", arguments.Follows ? "true" : "false")]);
            using var output = Console.OpenStandardOutput();
            lines.CopyTo(output);
        }

        return 0;
    }

    private static List<string> Indexes(ControlClient client, string workload)
    {
        using var slots = client.Ask("slots");
        var indexes = slots.RootElement.GetProperty("items").EnumerateArray().Where(s => Local.Text(s, "workload") == workload).Select(s => Local.Text(s, "index")).ToList();
        return indexes.Count > 0 ? indexes : throw new IOException($"this node holds no slot of {workload}: edgeagent slots shows what it holds");
    }
}

internal static class ReloadVerb
{
    public static int Run(Arguments arguments)
    {
        using var answer = Local.Client(arguments).Ask("reload");
        var (taken, left) = (Names(answer, "taken"), Names(answer, "atRestart"));
        Console.WriteLine(taken.Length > 0 ? $"taken: {taken}" : "nothing has changed that a reload takes");
        if (left.Length > 0)
        {
            Console.WriteLine($"changed too, and taken at a restart, which stops no work (systemctl restart edgeagent): {left}");
        }

        return 0;
    }

    private static string Names(JsonDocument answer, string name) => string.Join(", ", answer.RootElement.GetProperty(name).EnumerateArray().Select(o => o.GetString()));
}

internal static class VersionVerb
{
    public static string Version => typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public static int Run(Arguments arguments)
    {
        Console.WriteLine($"edgeagent {Version}");
        return 0;
    }
}

internal static class Environments
{
    public static IReadOnlyDictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }
}
