using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Core.Units;
using EdgeCtl.Verbs;
using Spectre.Console;

namespace EdgeCtl.Output;

/// <summary>A node's answer to <c>status</c>, as systemctl(1) lays it out. Whatever it leaves out or says wrongly is left out.</summary>
internal sealed class StatusText(TextWriter output, string node)
{
    private const int HeadWidth = 16;
    private const double MicrosecondsPerSecond = 1e6;
    private const double NanosecondsPerMillisecond = 1e6;
    private const int Killed = 2;
    private const int Dumped = 3;

    public void Write(JsonObject answer)
    {
        var (system, machine) = (answer["system"] as JsonObject, answer["machine"] as JsonObject);
        if (system is not null || machine is not null)
        {
            var state = Text(system ?? [], "state");
            Head(state == "running", state is "degraded" or "maintenance", node);
            System(system ?? [], Now(answer));
            new MachineText(Field).Write(machine ?? [], Text(system ?? [], "virtualization"));
            output.WriteLine();
        }

        Unit(answer);
        Lines(answer);
    }

    private void System(JsonObject system, double? now)
    {
        Field("State", Text(system, "state"));
        Field("Units", Text(system, "units") is { Length: > 0 } units ? $"{units} loaded" : "");
        Field("Jobs", Text(system, "jobs") is { Length: > 0 } jobs ? $"{jobs} queued" : "");
        Field("Failed", Text(system, "failedUnits") is { Length: > 0 } failures ? $"{failures} units" : "");
        Field("Since", Since(system, "sinceUs", now));
        Field("systemd", Text(system, "version"));
        foreach (var failed in (system["failed"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Field("", $"failed: {Text(failed, "unit")} - {Text(failed, "description")}");
        }
    }

    private void Unit(JsonObject unit)
    {
        var active = Text(unit, "active");
        var slot = unit["workload"] is not null ? $"{Text(unit, "workload")}/{Text(unit, "index")}" : "";
        var title = slot.Length > 0 ? $"{slot} on {node}" : Text(unit, "unit");
        Head(active is "active" or "reloading", active == "failed", string.Join(" - ", new[] { title, Text(unit, "description") }.Where(t => t.Length > 0)));
        if (slot.Length > 0)
        {
            Field("Unit", Text(unit, "unit"));
            Field("Generation", $"{Text(unit, "generation")}, epoch {Text(unit, "epoch")}");
        }

        if (Text(unit, "load").Length > 0)
        {
            Field("Loaded", $"{Text(unit, "load")} ({string.Join("; ", new[] { Text(unit, "file"), Text(unit, "enabled") }.Where(t => t.Length > 0))})");
        }

        var since = Since(unit, active is "active" or "reloading" ? "activeSinceUs" : "inactiveSinceUs", Now(unit));
        Field("Active", $"{active} ({Text(unit, "sub")}){(Text(unit, "result") is { Length: > 0 } and not "success" ? $" (result: {Text(unit, "result")})" : "")}{(since.Length > 0 ? $" since {since}" : "")}");
        Field("Restarts", Usage.Number(unit, "restarts") > 0 ? Text(unit, "restarts") : "");
        Field("Main PID", MainProcess(unit));
        Field("Status", Text(unit, "status") is { Length: > 0 } status ? $"\"{status}\"" : "");
        Field("Tasks", Limited(unit, "tasks", n => n.ToString("0", CultureInfo.InvariantCulture)));
        Field("Memory", Limited(unit, "memory", Bytes));
        Field("CPU", Usage.Number(unit, "cpuNs") is { } ns ? DurationText.Format(TimeSpan.FromMilliseconds(Math.Round(ns / NanosecondsPerMillisecond))) : "");
        Field("CGroup", Text(unit, "group"));
        Processes(unit);
    }

    private void Processes(JsonObject unit)
    {
        var processes = (unit["processes"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        for (var at = 0; at < processes.Count; at++)
        {
            Field("", $"{(at < processes.Count - 1 || unit["processesLeft"] is not null ? "├─" : "└─")}{Text(processes[at], "pid")} {Text(processes[at], "command")}");
        }

        Field("", unit["processesLeft"] is not null ? $"└─and {Text(unit, "processesLeft")} more" : "");
    }

    private void Lines(JsonObject unit)
    {
        var lines = (unit["lines"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (lines.Count == 0)
        {
            return;
        }

        output.WriteLine();
        foreach (var line in lines)
        {
            var at = DateTimeOffset.TryParse(Text(line, "at"), CultureInfo.InvariantCulture, out var time) ? $"{time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'} " : "";
            output.WriteLine($"{at}{Text(line, "text")}");
        }
    }

    private void Head(bool isGood, bool isBad, string text)
    {
        var console = Listing.Terminal(output);
        console.Write(new Markup(isGood ? "[green]●[/] " : isBad ? "[red]×[/] " : "○ "));
        console.Write(new Markup(Markup.Escape(text) + "\n"));
    }

    private void Field(string name, string text)
    {
        if (text.Length > 0)
        {
            output.WriteLine($"{name,HeadWidth}{(name.Length > 0 ? ":" : " ")} {text}");
        }
    }

    private static string MainProcess(JsonObject unit)
    {
        if (Usage.Number(unit, "pid") > 0)
        {
            return Text(unit, "pid");
        }

        // waitid(2), si_code.
        return Usage.Number(unit, "exitKind") switch
        {
            null or 0 => "",
            Killed or Dumped => $"(killed by signal {Text(unit, "exitStatus")})",
            _ => $"(exited, status {Text(unit, "exitStatus")})",
        };
    }

    private static string Limited(JsonObject unit, string name, Func<double, string> format) => (Usage.Number(unit, name), Usage.Number(unit, $"{name}Max")) switch
    {
        ({ } number, { } most) => $"{format(number)} (max {format(most)})",
        ({ } number, null) => format(number),
        (null, { } most) => $"max {format(most)}",
        _ => "",
    };

    private static string Bytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0.0}Mi");

    private static double? Now(JsonObject answer) => Usage.Number(answer, "nowUs");

    /// <summary>By the node's own clock, also how long ago.</summary>
    private static string Since(JsonObject item, string name, double? now)
    {
        if (Usage.Number(item, name) is not ({ } us and > 0 and < 253_402_300_800_000_000))
        {
            return "";
        }

        var ago = now >= us ? $"; {DurationText.Format(TimeSpan.FromSeconds(Math.Floor((now.Value - us) / MicrosecondsPerSecond)))} ago" : "";
        return $"{DateTimeOffset.UnixEpoch.AddMicroseconds(us).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}{ago}";
    }

    private static string Text(JsonObject item, string name) => EventsVerb.Clean(Listing.Text(item, name));
}
