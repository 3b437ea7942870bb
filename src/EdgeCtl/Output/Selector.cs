using EdgeCtl.Verbs;

namespace EdgeCtl.Output;

/// <summary>-l as kubectl has it: <c>a=b,c!=d,e,!f</c>; all must hold.</summary>
internal sealed class Selector
{
    private readonly List<Func<IReadOnlyDictionary<string, string>, bool>> _terms = [];

    public static Selector Parse(string? text)
    {
        var selector = new Selector();
        foreach (var term in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            selector._terms.Add(Term(term));
        }

        return selector;
    }

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _terms.TrueForAll(t => t(labels));

    private static Func<IReadOnlyDictionary<string, string>, bool> Term(string term)
    {
        var isNot = term.IndexOf("!=", StringComparison.Ordinal);
        if (isNot > 0)
        {
            var (name, value) = (term[..isNot].Trim(), term[(isNot + 2)..].Trim());
            return labels => labels.GetValueOrDefault(name) != value;
        }

        var at = term.IndexOf('=', StringComparison.Ordinal);
        if (at > 0)
        {
            var (name, value) = (term[..at].Trim(), term[(at + 1)..].TrimStart('=').Trim());
            return labels => labels.GetValueOrDefault(name) == value;
        }

        if (at == 0 || term == "!")
        {
            throw new VerbException(ExitCode.Usage, $"-l {term}: expected such as app=web,tier!=test,zone,!old");
        }

        return term[0] == '!' ? labels => !labels.ContainsKey(term[1..]) : labels => labels.ContainsKey(term);
    }
}
