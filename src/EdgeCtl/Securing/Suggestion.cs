using EdgeAgent.Core.Workloads;

namespace EdgeCtl.Securing;

/// <summary>An act that the kernel denied work, or would have.</summary>
/// <param name="Act">read, write, execute, capability, network, trace, signal, connect, listen or other, as docs/spec/events.md has the reasons.</param>
/// <param name="Object">On what.</param>
/// <param name="By">Who tried, for a person: the program and the node.</param>
public sealed record Attempt(string Act, string Object, string By);

/// <summary>What would have to be in a manifest so that what was denied is allowed: an offer for a person to choose from, for a profile should not allow what a program is not meant to do.</summary>
public static class Suggestion
{
    /// <summary>So many in one folder, and it is the folder that is offered.</summary>
    private const int OfFolder = 4;

    /// <summary>The lines of a manifest; what no field gives stands in comments.</summary>
    public static IReadOnlyList<string> Of(WorkloadSpec spec, IReadOnlyList<Attempt> denied)
    {
        var files = denied.Where(d => d.Act is "read" or "write" or "execute" && FileRules.IsPath(d.Object)).ToList();
        var fields = (spec.HasWrittenProfile && files.Count > 0 ? Fields("files", Files(spec.Files ?? new FileRules(), files)) : []).Concat(spec.Network is { } network ? NetworkSuggestion.Of(network, denied) : []).ToList();
        var rest = denied.Except(files).Where(d => d.Act is not ("connect" or "listen"));
        return [.. spec.HasWrittenProfile ? [] : Rules(files), .. fields.Count == 0 ? Array.Empty<string>() : ["# take what it is meant to do", "spec:", .. fields], .. Rest(rest)];
    }

    /// <summary>A field of lists: of each what it has, and what more is offered.</summary>
    internal static IEnumerable<string> Fields(string name, IEnumerable<(string Field, IReadOnlyList<string> Has, IReadOnlyList<(string What, string By)> More)> lists)
    {
        yield return $"  {name}:";
        foreach (var (field, has, more) in lists.Where(l => l.Has.Count + l.More.Count > 0))
        {
            yield return $"    {field}:";
            foreach (var what in has)
            {
                yield return $"    - \"{what}\"";
            }

            foreach (var (what, by) in more)
            {
                yield return $"    - \"{what}\"  # {by}";
            }
        }
    }

    internal static string Who(IEnumerable<Attempt> acts) => string.Join(", ", acts.Select(a => a.By).Distinct(StringComparer.Ordinal));

    private static IEnumerable<string> Rules(List<Attempt> files)
    {
        if (files.Count == 0)
        {
            yield break;
        }

        yield return "# for spec.security.apparmor.profile; take what it is meant to do";
        foreach (var (act, path, by) in files.Distinct().OrderBy(f => f.Object, StringComparer.Ordinal))
        {
            yield return $"\"{path}\" {act switch { "read" => "r", "write" => "rwkl", _ => "rmix" }},  # {by}";
        }
    }

    private static IEnumerable<(string, IReadOnlyList<string>, IReadOnlyList<(string, string)>)> Files(FileRules known, List<Attempt> files)
    {
        foreach (var (field, act, has) in new[] { ("read", "read", known.Read), ("write", "write", known.Write), ("exec", "execute", known.Execute) })
        {
            yield return (field, has, [.. Folders(files.Where(f => f.Act == act)).Where(f => !has.Any(h => IsIn(f.Path, h)))]);
        }
    }

    /// <summary>It is allowed by now, and was denied before.</summary>
    private static bool IsIn(string path, string folder) => path == folder || path.StartsWith($"{folder.TrimEnd('/')}/", StringComparison.Ordinal);

    private static IEnumerable<(string Path, string By)> Folders(IEnumerable<Attempt> files) => files
        .GroupBy(f => Path.GetDirectoryName(f.Object.TrimEnd('/')) ?? "/", StringComparer.Ordinal)
        .SelectMany(g => g.DistinctBy(f => f.Object).Count() >= OfFolder && g.Key.Length > 1 ? [(g.Key, Who(g))] : g.GroupBy(f => f.Object, StringComparer.Ordinal).Select(f => (f.Key, Who(f))))
        .OrderBy(f => f.Item1, StringComparer.Ordinal);

    private static IEnumerable<string> Rest(IEnumerable<Attempt> rest) =>
        rest.GroupBy(d => (d.Act, d.Object)).Select(g => $"# no field gives this: {g.Key.Act} {g.Key.Object}  ({Who(g)})");
}
