using System.CommandLine;
using System.Globalization;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Units;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Output;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl events</c>: events are not kept by a broker, so what comes while one listens is shown.</summary>
public static class EventsVerb
{
    public static Command Create(string name, string about)
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "until interrupted" };
        var time = new Option<string>("--for") { Description = "how long to listen without -w", HelpName = "duration", DefaultValueFactory = _ => "5s" };
        var form = new Option<string?>("--output", "-o") { Description = "json: each as an object on a line of its own" };
        form.AcceptOnlyFromAmong("json");
        var command = new Command(name, about) { watch, time, form };
        command.OnFleet(async (parsed, session, cancel) =>
        {
            if (!DurationText.TryParse(parsed.GetValue(time), out var span, out var error))
            {
                throw new VerbException(ExitCode.Usage, $"--for {parsed.GetValue(time)} {error}");
            }

            var output = parsed.InvocationConfiguration.Output;
            var heard = 0;
            session.Connection.Heard = (topic, payload, _) =>
            {
                if (session.Topics.TryParse(topic, out var parts) && parts.Kind == TopicKind.Event && !WordCodec.TryReadEvent(payload, parts.Node, out var e).IsError)
                {
                    output.WriteLine(parsed.GetValue(form) == "json" ? Items.Of(e).ToJsonString() : Line(e));
                    output.Flush();
                    heard++;
                }
            };
            await session.Connection.ReadAsync([session.Topics.AllEvents], cancel).ConfigureAwait(false);
            await session.WaitAsync(() => false, parsed.GetValue(watch) ? TimeSpan.FromDays(365) : span, cancel).ConfigureAwait(false);
            if (heard == 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"no node told of anything within {DurationText.Format(span)}; brokers keep no events: edgectl {name} -w prints them as they come").ConfigureAwait(false);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static string Line(NodeEvent e) =>
        $"{e.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}  {e.Node}  {e.Kind}  {e.Subject}  {e.Reason}: {Clean(e.Message)}{(e.Suppressed > 0 ? $" ({e.Suppressed} more before)" : "")}";

    /// <summary>What a node says may hold anything; a terminal must not obey it, and to YAML it is one line (U+2028 and U+2029 end one there).</summary>
    public static string Clean(string text) => new([.. text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '·' : c)]);
}
