using System.Globalization;
using System.Text.Json;

namespace EdgeAgent.Simulation.Placement;

/// <summary>What one policy came to, as the mean of its seeds.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Ring">The least number of candidates of a slot; null: all nodes.</param>
/// <param name="Allocated">Per cent of all devices, at each of <see cref="Curve.Points"/>; not a number where no arrival falls on it.</param>
/// <param name="Deliveries">By job placed; null: no messages were sent.</param>
internal sealed record PlacementResult(string Policy, int? Ring, double[] Allocated, double? Deliveries)
{
    /// <summary>Who looks after a slot, on average.</summary>
    public required double Candidates { get; init; }

    public required int Seeds { get; init; }

    /// <summary>A row of docs/results/placement.md.</summary>
    public string Row(string pods, int nodes) => string.Create(CultureInfo.InvariantCulture,
        $"| {pods.Replace("openb_pod_list_", "", StringComparison.Ordinal)} | {nodes} | {Policy} | {Ring?.ToString(CultureInfo.InvariantCulture) ?? "all"} | {Candidates:0} | {Seeds} | {string.Join(" / ", Allocated.Select(a => a.ToString("0.00", CultureInfo.InvariantCulture)))} | {Deliveries?.ToString("0", CultureInfo.InvariantCulture) ?? ""} |");

    public static string Json(IEnumerable<PlacementResult> results)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("results");
            foreach (var result in results)
            {
                json.WriteStartObject();
                json.WriteString("policy", result.Policy);
                if (result.Ring is { } ring)
                {
                    json.WriteNumber("ring", ring);
                }

                json.WriteStartObject("gpuAllocated");
                foreach (var (point, share) in Curve.Points.Zip(result.Allocated))
                {
                    // JSON has no word for what is not a number.
                    if (double.IsNaN(share))
                    {
                        json.WriteNull(point.ToString(CultureInfo.InvariantCulture));
                    }
                    else
                    {
                        json.WriteNumber(point.ToString(CultureInfo.InvariantCulture), Math.Round(share, 2));
                    }
                }

                json.WriteEndObject();
                if (result.Deliveries is { } deliveries)
                {
                    json.WriteNumber("deliveriesPerPlacement", Math.Round(deliveries, 1));
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
