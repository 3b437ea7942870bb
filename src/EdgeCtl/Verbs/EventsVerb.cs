using System.CommandLine;
using EdgeAgent.Protocol.Codec;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Connection;
using EdgeCtl.Showing;
using Command = System.CommandLine.Command;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl events</c>: what nodes tell. They tell it once and nobody keeps it, so one listens.</summary>
public static class EventsVerb
{
    /// <summary>How long one listens without -w.</summary>
    internal static readonly TimeSpan ListenDefault = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var nodes = new Argument<string[]>("node") { Description = "only these nodes", Arity = ArgumentArity.ZeroOrMore };
        var show = new ShowOptions();
        return new Command("events", $"what nodes tell now; -w goes on, else for {ListenDefault.TotalSeconds:0} s") { nodes, show.Format, show.Watch }.Does(async (parsed, cancel) =>
            await ShowAsync(
                GlobalOptions.Target(parsed),
                show.Writer(parsed),
                show.Selection(parsed, parsed.GetValue(nodes) ?? []),
                parsed.GetValue(show.Watch) ? null : ListenDefault,
                parsed.InvocationConfiguration.Error,
                cancel).ConfigureAwait(false));
    }

    /// <summary>Without a time it goes on until it is interrupted.</summary>
    internal static async Task ShowAsync(FleetTarget target, ListingWriter writer, Selection selection, TimeSpan? listen, TextWriter errors, CancellationToken cancel)
    {
        await using var connection = await FleetConnection.OpenAsync(target, cancel).ConfigureAwait(false);
        await connection.SubscribeAsync([connection.Topics.AllEvents], cancel).ConfigureAwait(false);
        var rows = new List<Row>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (listen is { } time)
        {
            await errors.WriteLineAsync($"events are told once and not kept: listening for {time.TotalSeconds:0} s; -w goes on").ConfigureAwait(false);
            patience.CancelAfter(time);
        }

        try
        {
            while (true)
            {
                var message = await connection.ReadAsync(patience.Token).ConfigureAwait(false);
                if (message.Topic.Kind != TopicKind.Event || WordCodec.TryReadEvent(message.Payload, message.Topic.Node, out var said).IsError || !selection.Selects(said.Node.Value, null))
                {
                    continue;
                }

                rows.Add(EventListing.RowOf(said));
                if (listen is null)
                {
                    writer.WriteRows(new(EventListing.Columns, rows), rows);
                    rows.Clear();
                }
            }
        }
        catch (OperationCanceledException) when (listen is not null && !cancel.IsCancellationRequested)
        {
            writer.Write(new(EventListing.Columns, rows));
        }
    }
}
