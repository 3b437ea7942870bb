using System.CommandLine;
using System.Globalization;
using EdgeAgent.Core.Placement;
using EdgeCtl.Output;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl status NODE [UNIT]</c>: what <c>systemctl status</c> shows there.</summary>
public static class StatusVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("node") { Description = "its name; or a slot, as hello/3, wherever it runs" };
        var unit = new Argument<string?>("unit") { Description = "a slot or a unit of systemd there, as hello/3 or ssh.service; the machine and its agent unless given", Arity = ArgumentArity.ZeroOrOne };
        var lines = new Option<int>("--lines", "-n", "--tail") { Description = "the last lines of its log", HelpName = "n", DefaultValueFactory = _ => 10 };
        var form = new Option<string?>("--output", "-o") { Description = "json, yaml" };
        form.AcceptOnlyFromAmong("json", "yaml");
        var command = new Command("status", "what a node, a slot or any unit of systemd is doing now, with the last lines of its log") { name, unit, lines, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            var (node, of) = parsed.GetValue(name)!.Contains('/', StringComparison.Ordinal) && parsed.GetValue(unit) is null
                ? (await HolderAsync(session, parsed.GetValue(name)!, cancel).ConfigureAwait(false), parsed.GetValue(name))
                : (parsed.GetValue(name)!, parsed.GetValue(unit));
            var arguments = new Dictionary<string, string> { ["lines"] = Math.Max(0, parsed.GetValue(lines)).ToString(CultureInfo.InvariantCulture) };
            if (of?.Contains('/', StringComparison.Ordinal) == true)
            {
                var (workload, index) = SlotName.Read(of);
                arguments["slot"] = index is not null ? $"{workload}/{index}" : throw new VerbException(ExitCode.Usage, $"which slot of {workload}? edgectl status {node} {workload}/0");
            }
            else if (of is not null)
            {
                arguments["unit"] = UnitNames.Full(of);
            }

            var answer = await AskedNode.AskAsync(session, node, "unit", arguments, cancel).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            switch (parsed.GetValue(form))
            {
                case "json":
                    await output.WriteLineAsync(JsonText.Indented(answer)).ConfigureAwait(false);
                    break;
                case "yaml":
                    await output.WriteAsync(YamlText.Of(answer)).ConfigureAwait(false);
                    break;
                default:
                    new StatusText(output, node).Write(answer);
                    break;
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<string> HolderAsync(FleetSession session, string name, CancellationToken cancel)
    {
        var (workload, index) = SlotName.Read(name);
        await session.Connection.ReadAsync(ApplyVerb.Filters(session, [workload]), cancel).ConfigureAwait(false);
        var holders = session.View.SlotsOf(workload).Where(c => (index is null || c.Slot.Index == index) && c.Phase is not (ClaimPhase.Bid or ClaimPhase.Withdrawn or ClaimPhase.Seen)).ToList();
        return holders.Count switch
        {
            1 => holders[0].Node.Value,
            0 => throw new VerbException(ExitCode.Failed, Missing.Slot(session.View, $"{workload}/{index}")),
            _ => throw new VerbException(ExitCode.Usage, $"{workload}/{index} runs on {string.Join(", ", holders.Select(h => h.Node))}: edgectl status {holders[0].Node} {workload}/{index}"),
        };
    }
}
