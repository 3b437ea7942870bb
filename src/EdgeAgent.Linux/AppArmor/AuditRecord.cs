using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>A line of the kernel's about an act that a profile doesn't allow (type 1400 of its audit).</summary>
/// <param name="Profile">The name of the profile.</param>
/// <param name="Pid">Whose act it was.</param>
/// <param name="Denial">What it was.</param>
public sealed record AuditRecord(string Profile, int Pid, Denial Denial)
{
    /// <summary>One more than a path of a manifest may have: what is cut is none.</summary>
    private const int TextMax = WorkloadLimits.FilePathLength + 1;

    /// <summary>Others than the kernel's audit write into its log, too, and a process may choose what stands in their lines.</summary>
    private const string LogBegin = "audit: type=1400 audit(";

    private static readonly SearchValues<char> Executing = SearchValues.Create("xm");
    private static readonly SearchValues<char> Writing = SearchValues.Create("wacdkl");

    /// <param name="line">What the journal has.</param>
    /// <param name="isOfLog">By the kernel's log, and not from the audit itself.</param>
    /// <param name="record">What it says.</param>
    public static bool TryParse(string line, bool isOfLog, [NotNullWhen(true)] out AuditRecord? record)
    {
        record = null;
        if (isOfLog && !line.StartsWith(LogBegin, StringComparison.Ordinal))
        {
            return false;
        }

        var fields = Fields(line);
        if (!fields.TryGetValue("profile", out var profile) || !fields.TryGetValue("apparmor", out var kind) || kind is not ("DENIED" or "ALLOWED"))
        {
            return false;
        }

        _ = int.TryParse(fields.GetValueOrDefault("pid"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid);
        var (act, what) = Act(fields);
        record = new AuditRecord(profile, pid, new Denial(act, Clean(what), Clean(fields.GetValueOrDefault("comm", "")), kind == "ALLOWED"));
        return true;
    }

    private static (DeniedAct Act, string Object) Act(Dictionary<string, string> fields)
    {
        var mask = fields.GetValueOrDefault("denied_mask", "");
        if (fields.TryGetValue("capname", out var capability))
        {
            return (DeniedAct.Capability, capability);
        }

        if (fields.TryGetValue("family", out var family))
        {
            return (DeniedAct.Network, $"{family} {fields.GetValueOrDefault("sock_type", "")}".TrimEnd());
        }

        return fields.GetValueOrDefault("operation") switch
        {
            "ptrace" => (DeniedAct.Trace, fields.GetValueOrDefault("peer", "")),
            "signal" => (DeniedAct.Signal, $"{fields.GetValueOrDefault("signal", "")} to {fields.GetValueOrDefault("peer", "")}"),
            _ when fields.TryGetValue("name", out var name) => (OfMask(mask), name),
            var operation => (DeniedAct.Other, $"{operation} {fields.GetValueOrDefault("info", "")}".TrimEnd()),
        };
    }

    /// <summary>Of several the greatest. A library is mapped to be executed, and that is what would have to be allowed.</summary>
    private static DeniedAct OfMask(string mask) =>
        mask.AsSpan().ContainsAny(Executing) ? DeniedAct.Execute : mask.AsSpan().ContainsAny(Writing) ? DeniedAct.Write : mask.Contains('r') ? DeniedAct.Read : DeniedAct.Other;

    /// <summary><c>key=word key="text" key=68657861</c>: what a process chose itself is in hexadecimal digits where it has spaces or quotes.</summary>
    private static Dictionary<string, string> Fields(string line)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; at < line.Length;)
        {
            var sign = line.IndexOf('=', at);
            if (sign < 0)
            {
                break;
            }

            var key = line[(line.LastIndexOf(' ', sign) + 1)..sign];
            var isQuoted = sign + 1 < line.Length && line[sign + 1] == '"';
            var begin = sign + (isQuoted ? 2 : 1);
            var end = begin < line.Length ? line.IndexOf(isQuoted ? '"' : ' ', begin) : -1;
            end = end < 0 ? line.Length : end;
            var value = begin < line.Length ? line[begin..end] : "";
            fields.TryAdd(key, !isQuoted && key is "name" or "comm" or "profile" or "peer" ? Unhex(value) : value);
            at = end + 1;
        }

        return fields;
    }

    private static string Unhex(string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromHexString(text));
        }
        catch (FormatException)
        {
            return text;
        }
    }

    /// <summary>A process chose it, and it is a line of the agent's log.</summary>
    private static string Clean(string text)
    {
        var clean = new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]);
        return clean.Length <= TextMax ? clean : clean[..TextMax];
    }
}
