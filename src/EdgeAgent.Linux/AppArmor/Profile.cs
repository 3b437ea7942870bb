using System.Globalization;
using System.Text;
using EdgeAgent.Core;
using EdgeAgent.Core.Workloads;
using EdgeAgent.Linux.Systemd;
using EdgeAgent.Node.Ports;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>
/// A workload's profile on this node (apparmor.d(5)): of the manifest's own rules, or of what it declares. Its name is of its text, so that replicas share it, and two generations that declare
/// something else don't.
/// </summary>
/// <param name="Label">Its name and mode.</param>
/// <param name="Text">As apparmor_parser(8) takes it.</param>
/// <param name="LinesBefore">The lines before the manifest's own; negative: all are the agent's.</param>
/// <param name="Writable">Where <c>files.write</c> leads to.</param>
public sealed record Profile(ProfileLabel Label, string Text, int LinesBefore, IReadOnlyList<string> Writable)
{
    /// <summary>With it, rules mean what they meant to that version, whatever the parser's own is; parsers before 3.0 have none.</summary>
    private const string Abi = "/etc/apparmor.d/abi/3.0";

    private const string Files = "rwkl";

    /// <summary>Looks at files, and may wait for them.</summary>
    public static Profile Of(UnitSpec spec, ProfileRules rules, SystemdRuntimeOptions options) => Of(spec, rules, options, TrustedPath.Resolve, File.Exists(Abi));

    /// <param name="spec">What is to run.</param>
    /// <param name="rules">What is declared.</param>
    /// <param name="options">Whose it is.</param>
    /// <param name="resolve">What a path leads to, for the kernel knows files by that name only; null: to nothing that may be allowed.</param>
    /// <param name="hasAbi">The parser knows of versions.</param>
    public static Profile Of(UnitSpec spec, ProfileRules rules, SystemdRuntimeOptions options, Func<string, string?> resolve, bool hasAbi)
    {
        var isOwn = rules.Rule.Profile.Length > 0;
        var body = isOwn ? rules.Rule.Profile.TrimEnd('\n') : Declared(spec, rules, options, resolve);
        var workload = spec.Tag.Slot.Workload;
        var begin = $"{(hasAbi ? "abi <abi/3.0>,\n" : "")}include <tunables/global>\n";
        var flags = $"flags=(attach_disconnected{(rules.Rule.IsComplaining ? ",complain" : "")})";
        var hash = StableHash.Of($"{options.Fleet}/{options.Node}/{options.StoreId}/{workload}/{begin}/{flags}/{body}");
        var label = new ProfileLabel(string.Create(CultureInfo.InvariantCulture, $"edge-{workload}-{hash:x16}"), rules.Rule.IsComplaining);
        var head = $"{begin}profile {label.Name} {flags} {{\n";
        return new Profile(label, $"{head}{body}\n}}\n", isOwn ? head.Count(c => c == '\n') : -1, [.. rules.Files.Write.Select(resolve).OfType<string>()]);
    }

    private static string Declared(UnitSpec spec, ProfileRules rules, SystemdRuntimeOptions options, Func<string, string?> resolve)
    {
        var text = new StringBuilder();
        foreach (var common in (string[])["base", "nameservice", "ssl_certs"])
        {
            Line($"include <abstractions/{common}>");
        }

        // What its runtime reads of itself and of the machine.
        Line("owner @{PROC}/@{pid}/{,**} r,");
        Line("@{sys}/fs/cgroup/{,**} r,");
        Line("@{sys}/devices/system/cpu/{,**} r,");
        Line("@{sys}/kernel/mm/transparent_hugepage/* r,");
        foreach (var socket in (string[])["inet stream", "inet dgram", "inet6 stream", "inet6 dgram", "unix"])
        {
            Line($"network {socket},");
        }

        Line("unix,");
        Line("signal (send, receive) peer=@{profile_name},");
        foreach (var program in Both(rules.Programs.Where(FileRules.IsPath)))
        {
            Line($"\"{program}\" rmix,");
        }

        foreach (var path in Both(rules.Files.Execute))
        {
            Paths(path, "rmix");
        }

        foreach (var path in Both(rules.Files.Read))
        {
            Paths(path, "r");
        }

        foreach (var path in Both(rules.Files.Write))
        {
            Paths(path, Files);
        }

        foreach (var device in Both(spec.DeviceNodes.Where(FileRules.IsPath)))
        {
            Line($"\"{device}\" rw,");
        }

        if (spec.Sandbox != SandboxLevel.None)
        {
            // Its own, by PrivateTmp=.
            Line($"/tmp/{{,**}} {Files},");
            Line($"/var/tmp/{{,**}} {Files},");
        }

        if (spec.Artifact is not null)
        {
            Line($"{ArtifactMount.Place}/{{,**}} rmix,");
        }

        if (spec.KeepsState)
        {
            Line($"/var/lib/{{,private/}}{StateFolders.OfAll(spec.Tag, options)}/{{,**}} {Files},");
        }

        return text.ToString().TrimEnd('\n');

        void Line(string rule) => text.Append("  ").Append(rule).Append('\n');

        // It may be a file or a folder, and come to be the one or the other.
        void Paths(string path, string mode)
        {
            Line($"\"{path}\" {mode},");
            Line($"\"{path}/\" r,");
            Line($"\"{path}/**\" {mode},");
        }

        IEnumerable<string> Both(IEnumerable<string> paths) => paths.Select(p => p.TrimEnd('/')).SelectMany(p => new[] { p, resolve(p) ?? p }).Distinct(StringComparer.Ordinal);
    }
}
