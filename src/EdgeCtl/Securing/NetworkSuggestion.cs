using System.Net;
using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Securing;

/// <summary>Of <see cref="Suggestion"/> what <c>spec.network</c> gives: addresses that work wanted to reach, and ports that it wanted to be reached at.</summary>
internal static class NetworkSuggestion
{
    /// <summary>So many addresses with one port, and it is that port anywhere that is offered.</summary>
    private const int OfPort = 4;

    /// <summary>Nothing where all is allowed by now.</summary>
    public static IEnumerable<string> Of(NetworkRules known, IReadOnlyList<Attempt> denied)
    {
        var connect = Anywhere(denied.Where(d => d.Act == "connect" && IsSomewhere(d.Object))).Where(c => !known.Connect.Any(k => IsIn(c.What, k))).ToList();
        var listen = denied.Where(d => d.Act == "listen" && PortRange.TryParse(d.Object, out _)).GroupBy(d => d.Object, StringComparer.Ordinal).Select(g => (g.Key, Suggestion.Who(g))).Where(l => !known.Listen.Any(k => IsPortIn(l.Key, k))).Order().ToList();
        return connect.Count + listen.Count == 0 ? [] : Suggestion.Fields("network", [("connect", known.Connect, connect), ("listen", known.Listen, listen)]);
    }

    /// <summary>No address at all is what the C library asks the way to when it sorts a server's own: no rule but any has it, and nothing comes of it.</summary>
    private static bool IsSomewhere(string what) => Endpoint.TryParse(what, out var endpoint) && !endpoint.Networks.Any(n => n.BaseAddress.Equals(IPAddress.Any) || n.BaseAddress.Equals(IPAddress.IPv6Any));

    private static IEnumerable<(string What, string By)> Anywhere(IEnumerable<Attempt> denied) => denied
        .GroupBy(d => d.Object[(d.Object.LastIndexOf(':') + 1)..], StringComparer.Ordinal)
        .SelectMany(g => g.DistinctBy(d => d.Object).Count() >= OfPort ? [($"any:{g.Key}", Suggestion.Who(g))] : g.GroupBy(d => d.Object, StringComparer.Ordinal).Select(d => (d.Key, Suggestion.Who(d))))
        .OrderBy(d => d.Item1, StringComparer.Ordinal);

    private static bool IsIn(string what, string known) => Endpoint.TryParse(what, out var one) && Endpoint.TryParse(known, out var many)
        && one.Networks.All(o => many.Networks.Any(m => m.PrefixLength <= o.PrefixLength && m.Contains(o.BaseAddress))) && IsIn(one.Ports, many.Ports);

    private static bool IsPortIn(string what, string known) => PortRange.TryParse(what, out var one) && PortRange.TryParse(known, out var many) && IsIn(one, many);

    private static bool IsIn(PortRange one, PortRange many) => many.First <= one.First && one.Last <= many.Last && (many.Transport == Transport.Any || many.Transport == one.Transport);
}
