using System.Globalization;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Verbs;

/// <summary>Workloads and slots as one types them: hello, hello/3, workload/hello, slot/hello/3.</summary>
internal static class SlotName
{
    public static (WorkloadName Workload, int? Index) Read(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 1 && parts[0] is "workload" or "workloads" or "slot" or "slots")
        {
            parts = parts[1..];
        }

        if (parts.Length == 1)
        {
            return (WorkloadNames.Read(parts[0]), null);
        }

        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (WorkloadNames.Read(parts[0]), index)
            : throw new VerbException(ExitCode.Usage, $"\"{text}\" is neither a workload, such as hello, nor one slot of it, such as hello/3");
    }
}

/// <summary>Units of systemd as one types them: without a kind it is a service, as for systemctl.</summary>
internal static class UnitNames
{
    public static string Full(string unit) => unit.Contains('.', StringComparison.Ordinal) ? unit : $"{unit}.service";
}
