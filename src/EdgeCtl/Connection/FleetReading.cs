using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Connection;

/// <summary>
/// Reads a cell into a view and stays subscribed. In steps, each closed by a barrier: one great subscription overflows a broker's
/// queue, and the barrier passes all the same (protocol.md, "Connecting", 1).
/// </summary>
internal static class FleetReading
{
    /// <summary>Slots whose claims are read in one step.</summary>
    private const int SlotsAtOnce = 200;

    /// <summary>Filters of named workloads in one step; each has three.</summary>
    private const int FiltersAtOnce = 12;

    /// <summary>Who is there, and what they can do where <paramref name="withStatus"/>.</summary>
    public static async Task ReadNodesAsync(this FleetConnection connection, FleetView view, bool withStatus, CancellationToken cancel)
    {
        await connection.StepAsync(view, [connection.BarrierFilter, connection.Topics.AllPresences], cancel).ConfigureAwait(false);
        if (withStatus)
        {
            await connection.StepAsync(view, [connection.Topics.AllStatuses], cancel).ConfigureAwait(false);
        }
    }

    /// <summary>These workloads: their intents, copies and claims, and who is there.</summary>
    public static async Task ReadWorkloadsAsync(this FleetConnection connection, FleetView view, IReadOnlyCollection<WorkloadName> workloads, CancellationToken cancel)
    {
        // All in one for a single workload: each step is a round trip, and apply is measured.
        var filters = new List<string> { connection.BarrierFilter, connection.Topics.AllPresences };
        foreach (var workload in workloads)
        {
            filters.AddRange([connection.Topics.Intent(workload), connection.Topics.CopiesOf(workload), connection.Topics.ClaimsOf(workload)]);
            if (filters.Count >= FiltersAtOnce)
            {
                await connection.StepAsync(view, filters, cancel).ConfigureAwait(false);
                filters = [];
            }
        }

        if (filters.Count > 0)
        {
            await connection.StepAsync(view, filters, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>All workloads, without their claims.</summary>
    public static Task ReadIntentsAsync(this FleetConnection connection, FleetView view, CancellationToken cancel) =>
        connection.StepAsync(view, [connection.BarrierFilter, connection.Topics.AllIntents, connection.Topics.AllCopies], cancel);

    /// <summary>The claims of the workloads that the view knows by now; of <paramref name="isEvery"/> also those of which there is no intent.</summary>
    public static async Task ReadClaimsAsync(this FleetConnection connection, FleetView view, bool isEvery, CancellationToken cancel)
    {
        var filters = new List<string>();
        var slots = 0;
        foreach (var workload in view.Workloads.ToList())
        {
            var spec = view.Intents.GetValueOrDefault(workload)?.Spec;
            filters.Add(connection.Topics.ClaimsOf(workload));
            slots += spec?.Mode == WorkloadMode.Everywhere ? Math.Max(1, view.Presences.Count) : spec?.Replicas ?? 1;
            if (slots >= SlotsAtOnce)
            {
                await connection.StepAsync(view, filters, cancel).ConfigureAwait(false);
                (filters, slots) = ([], 0);
            }
        }

        if (isEvery)
        {
            filters = [connection.Topics.AllClaims];
        }

        if (filters.Count > 0)
        {
            await connection.StepAsync(view, filters, cancel).ConfigureAwait(false);
        }
    }

    private static async Task StepAsync(this FleetConnection connection, FleetView view, IReadOnlyList<string> filters, CancellationToken cancel)
    {
        await connection.SubscribeAsync(filters, cancel).ConfigureAwait(false);
        await connection.ReadToBarrierAsync(m => view.Hear(m), cancel).ConfigureAwait(false);
    }
}
