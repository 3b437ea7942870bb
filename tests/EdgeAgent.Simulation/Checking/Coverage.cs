using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;

namespace EdgeAgent.Simulation.Checking;

/// <summary>How often each rule of Core was exercised, by what it took and what it wanted done.</summary>
public sealed class Coverage
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, string> _names = [];

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Everything that a long run must have seen.</summary>
    public static IEnumerable<string> Expected =>
        Kinds<CoreEvent>("event").Concat(Kinds<Effect>("effect"))
            .Concat(Enum.GetNames<ClaimPhase>().Select(p => $"phase {p}"))
            .Concat(Enum.GetNames<OwnPhase>().Select(p => $"own {p}"))
            .Concat(Enum.GetNames<Faults.FaultKind>().Select(k => $"fault {k}"))
            .Concat(Enum.GetValues<Faults.Moment>().Where(m => m != Faults.Moment.None).Select(m => $"moment {m}"))
            .Except(Unreachable);

    /// <summary>
    /// One broker never has two connections of one client id, so no node hears another speak under its name; a bridge of brokers could bring it. Thousands of workloads that are deleted in one run
    /// would leave no time for anything else: <c>BoundTests</c> has them.
    /// </summary>
    private static readonly string[] Unreachable = [$"event {nameof(NameShared)}", $"event {nameof(TombstonesFull)}"];

    public void Add(string what, long count = 1) => _counts[what] = _counts.GetValueOrDefault(what) + count;

    public void Add(Coverage other)
    {
        foreach (var (what, count) in other._counts)
        {
            Add(what, count);
        }
    }

    internal void Take(CoreEvent happened, IReadOnlyList<Effect> effects)
    {
        Add(NameOf("event", happened));
        foreach (var effect in effects)
        {
            Add(NameOf("effect", effect));
            switch (effect)
            {
                case SayClaim e:
                    Add($"phase {e.Claim.Phase}");
                    if (e.Claim.Phase == ClaimPhase.Withdrawn)
                    {
                        Add($"ballot withdrawn: {Generic(e.Claim.Reason)}");
                    }

                    break;
                case Tell { Kind: "Stopping" } e:
                    Add($"stop {e.Reason}: {Generic(e.Message, e.Subject)}");
                    break;
            }
        }
    }

    internal void Take(SlotView view)
    {
        Add($"own {view.Own}");
        if (view.Own == OwnPhase.Idle)
        {
            Add($"vacancy {Generic(view.Text)}");
        }
    }

    /// <summary>The sentence without what is of this run alone.</summary>
    internal static string Generic(string text, string subject = "")
    {
        text = subject.Length > 0 ? text.Replace(subject, "SLOT", StringComparison.Ordinal) : text;
        var generic = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length && generic.Length < 60; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                generic.Append(text[i]);
            }
            else if (i == 0 || !char.IsAsciiDigit(text[i - 1]))
            {
                generic.Append('#');
            }
        }

        return generic.ToString();
    }

    private string NameOf(string what, object of)
    {
        if (!_names.TryGetValue(of.GetType(), out var name))
        {
            _names[of.GetType()] = name = $"{what} {of.GetType().Name}";
        }

        return name;
    }

    private static IEnumerable<string> Kinds<T>(string what) =>
        typeof(T).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(T)) && !t.IsAbstract).Select(t => $"{what} {t.Name}");
}
