using System.Globalization;
using System.Text.Json;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.Inspection;

/// <summary>
/// The answer to <c>unit</c>: a slot (<c>slot</c>, as hello/3), any unit (<c>unit</c>) or, with neither, the machine and the agent itself; each with the last
/// <c>lines</c> of its log.
/// </summary>
internal sealed class StatusReport(MachineRoot root, IUnitLog log, bool hasSystemd)
{
    private const int LinesUnlessAsked = 10;
    private const int LinesMax = 1000;

    private static readonly TimeSpan ReadingMax = TimeSpan.FromSeconds(4);

    /// <summary>Null, or what hindered it.</summary>
    public string? Write(Utf8JsonWriter json, InspectRequest request)
    {
        var lines = int.TryParse(request.Arguments.GetValueOrDefault("lines"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? Math.Min(n, LinesMax) : LinesUnlessAsked;
        json.WriteNumber("nowUs", (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        if (request.Arguments.GetValueOrDefault("slot") is { } slot)
        {
            return request.Units.FirstOrDefault(u => u.Tag.Slot.ToString() == slot) is { } report ? OfSlot(json, report, lines) : $"no unit of {slot} is there: edgectl get slots says who has it";
        }

        var unit = request.Arguments.GetValueOrDefault("unit");
        if (unit is null)
        {
            MachineReport.Write(json, root);
        }

        if (!hasSystemd)
        {
            return unit is not null ? NoUnitActions.Reason : OfAgent(json);
        }

        using var manager = ManagerView.Open();
        if (unit is not null)
        {
            return OfUnit(json, manager, unit, lines);
        }

        UnitStatus.WriteManager(json, manager);
        return Array.Find(Cgroups.Of(root, Environment.ProcessId).Path.Split('/'), p => p.EndsWith(".service", StringComparison.Ordinal)) is { } own ? OfUnit(json, manager, own, lines) : OfAgent(json);
    }

    private string? OfUnit(Utf8JsonWriter json, ManagerView manager, string unit, int lines)
    {
        if (!UnitNameText.IsValid(unit) || !UnitStatus.TryWriteUnit(json, root, manager, unit, isOurs: false))
        {
            return $"there is no unit {unit} here";
        }

        Log(json, new LogQuery(new LogSource(unit)) { Lines = lines });
        return null;
    }

    private string? OfSlot(Utf8JsonWriter json, UnitReport report, int lines)
    {
        json.WriteString("workload", report.Tag.Slot.Workload.Value);
        json.WriteNumber("index", report.Tag.Slot.Index);
        json.WriteNumber("generation", report.Tag.Generation);
        json.WriteNumber("epoch", report.Tag.Epoch.Value);
        if (!hasSystemd)
        {
            OfProcesses(json, report);
        }
        else
        {
            using var manager = ManagerView.Open();
            if (!UnitStatus.TryWriteUnit(json, root, manager, report.Unit, isOurs: true))
            {
                return $"its unit {report.Unit} is gone";
            }
        }

        Log(json, new LogQuery(new LogSource(report.Tag.Slot)) { Lines = lines, Incarnation = report.Tag.Incarnation });
        return null;
    }

    /// <summary>In systemd's words, as far as they fit.</summary>
    private void OfProcesses(Utf8JsonWriter json, UnitReport report)
    {
        json.WriteString("unit", report.Unit);
        json.WriteString("active", report.IsAlive ? "active" : report.Result == UnitResult.Success ? "inactive" : "failed");
        json.WriteString("sub", report.Pid > 0 ? "running" : report.IsAlive ? "waiting" : "dead");
        json.WriteNumber("activeSinceUs", Math.Max(0, (report.StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        json.WriteNumber("restarts", report.Restarts);
        json.WriteString("status", report.Detail);
        json.WriteNumber("pid", report.Pid);
        var table = new ProcessTable(root, [report]);
        var sum = table.Of(report);
        json.WriteNumber("memory", sum.Memory);
        json.WriteNumber("tasks", sum.Tasks);
        json.WriteNumber("cpuNs", sum.CpuUs * 1000);
        UnitProcesses.Write(json, root, pid => table.OwnerOf(pid) is not null, withArguments: true);
    }

    /// <summary>Where the agent is nobody's service: its own process.</summary>
    private string? OfAgent(Utf8JsonWriter json)
    {
        json.WriteString("description", "the agent, by hand or by another supervisor than systemd");
        json.WriteString("active", "active");
        json.WriteString("sub", "running");
        json.WriteNumber("pid", Environment.ProcessId);
        UnitProcesses.Write(json, root, pid => pid == Environment.ProcessId, withArguments: false);
        return null;
    }

    private void Log(Utf8JsonWriter json, LogQuery query)
    {
        using var bound = new CancellationTokenSource(ReadingMax);
        json.WriteStartArray("lines");
        try
        {
            foreach (var line in log.Read(query, bound.Token).ToBlockingEnumerable(bound.Token))
            {
                json.WriteStartObject();
                json.WriteString("at", line.At?.ToString("O", CultureInfo.InvariantCulture));
                json.WriteString("text", line.Text);
                json.WriteEndObject();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What is above stands; a log that can't be read is told of beside it.
            json.WriteStartObject();
            json.WriteString("text", $"(the log can't be read: {e.Message})");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
