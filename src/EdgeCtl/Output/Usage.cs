using System.Globalization;
using System.Text.Json.Nodes;

namespace EdgeCtl.Output;

/// <summary>Two answers to <c>top</c> become what is used a second. Whatever a node leaves out or says wrongly is left out.</summary>
internal static class Usage
{
    private const int CoreDigits = 3;
    private const int PercentDigits = 1;
    private const double Whole = 100;

    public static JsonObject OfNode(string name, JsonObject before, JsonObject after)
    {
        var (first, last) = (before["node"] as JsonObject ?? [], after["node"] as JsonObject ?? []);
        var item = new JsonObject { ["name"] = name };
        Put(item, "cpu", Rate(first, last), CoreDigits);
        Put(item, "cpuPercent", Part(Rate(first, last), Number(last, "cores")), PercentDigits);
        Put(item, "memory", Number(last, "memoryTotal") - Number(last, "memoryAvailable"), 0);
        Put(item, "memoryPercent", Part(Number(last, "memoryTotal") - Number(last, "memoryAvailable"), Number(last, "memoryTotal")), PercentDigits);
        Put(item, "load", Number(last, "load"), CoreDigits);
        Put(item, "diskPercent", Part(Number(last, "diskTotal") - Number(last, "diskFree"), Number(last, "diskTotal")), PercentDigits);
        Put(item, "cores", Number(last, "cores"), 0);
        Put(item, "memoryTotal", Number(last, "memoryTotal"), 0);
        Put(item, "uptime", Number(last, "uptime"), 0);
        return item;
    }

    public static IEnumerable<JsonObject> OfSlots(string node, JsonObject before, JsonObject after)
    {
        foreach (var last in (after["slots"] as JsonArray ?? []).OfType<JsonObject>())
        {
            // A process that was started between the two begins at nothing.
            var first = (before["slots"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(f => f["unit"]?.ToString() == last["unit"]?.ToString() && f["pid"]?.ToString() == last["pid"]?.ToString());
            if (last["workload"]?.ToString() is not { } workload || Number(last, "index") is not { } index)
            {
                continue;
            }

            var item = new JsonObject { ["workload"] = workload, ["index"] = (long)index, ["node"] = node };
            if (first is not null)
            {
                Put(item, "cpu", Rate(first, last), CoreDigits);
            }

            Put(item, "memory", Number(last, "memory"), 0);
            Put(item, "tasks", Number(last, "tasks"), 0);
            Put(item, "pid", Number(last, "pid"), 0);
            item["unit"] = Listing.Text(last, "unit");
            yield return item;
        }
    }

    public static double? Number(JsonObject item, string name) => item[name] is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number : null;

    /// <summary>Whole MiB: a table is for looking.</summary>
    public static string Mi(JsonObject item, string name) => Number(item, name) is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0}Mi") : "";

    public static string Rounded(JsonObject item, string name, string form) => Number(item, name)?.ToString(form, CultureInfo.InvariantCulture) ?? "";

    /// <summary>In cores.</summary>
    private static double? Rate(JsonObject first, JsonObject last) =>
        Number(last, "atUs") - Number(first, "atUs") is { } us and > 0 && Number(last, "cpuUs") - Number(first, "cpuUs") is { } used ? Math.Max(0, used / us) : null;

    private static double? Part(double? some, double? all) => all > 0 ? some / all * Whole : null;

    private static void Put(JsonObject item, string name, double? number, int digits)
    {
        if (number is { } known)
        {
            item[name] = Math.Round(known, digits);
        }
    }
}
