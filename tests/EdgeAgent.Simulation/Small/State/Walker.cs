using System.Runtime.CompilerServices;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Placement;
using EdgeAgent.Core.Reconcile;
using EdgeAgent.Core.Workloads;

namespace EdgeAgent.Simulation.Small.State;

/// <summary>
/// Copies and fingerprints the state of the real <see cref="NodeCore"/>, which has neither a copy nor a dump of its own. A copy shares what can't
/// change, and moves all points in time: a state is kept as if it were always <see cref="Clock.Now"/>, so that the same state
/// at two times is one.
/// </summary>
internal abstract class Walker<T>
{
    public static Walker<T> Instance { get; } = (Walker<T>)Walkers.For(typeof(T));

    /// <summary>A copy needs no work: nothing in it changes, and it has no point in time.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Makes of a shared value an own one, with its points in time moved.</summary>
    public abstract void Renew(ref T value, TimeSpan shift);

    public abstract void Add(ref T value, ref Fingerprint fingerprint);

    public UInt128 Of(ref T value)
    {
        var fingerprint = default(Fingerprint);
        Add(ref value, ref fingerprint);
        return fingerprint.Value;
    }
}

/// <summary>Which walker a type has.</summary>
internal static class Walkers
{
    /// <summary>Immutable values of Core: <see cref="Texts"/> names all that they hold.</summary>
    private static readonly HashSet<Type> Named = [typeof(Claim), typeof(Presence), typeof(WorkloadSpec), typeof(CoreSettings), typeof(Intent)];

    private static readonly Dictionary<Type, Type> Collections = new()
    {
        [typeof(Nullable<>)] = typeof(NullableWalker<>),
        [typeof(List<>)] = typeof(ListWalker<>),
        [typeof(IReadOnlyList<>)] = typeof(SharedListWalker<>),
        [typeof(HashSet<>)] = typeof(HashSetWalker<>),
        [typeof(SortedSet<>)] = typeof(SortedSetWalker<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryWalker<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryWalker<,>),
    };

    public static object For(Type type)
    {
        if (type == typeof(TimeSpan))
        {
            return new PointWalker();
        }

        if (type.IsPrimitive || type.IsEnum)
        {
            return Make(typeof(NumberWalker<>), type);
        }

        if (type == typeof(string) || type == typeof(DeviceShares) || Named.Contains(type) || typeof(IText).IsAssignableFrom(type))
        {
            return Make(typeof(TextWalker<>), type);
        }

        if (type.IsArray)
        {
            return Make(typeof(ArrayWalker<>), type.GetElementType()!);
        }

        if (type.IsGenericType && Collections.TryGetValue(type.GetGenericTypeDefinition(), out var collection))
        {
            return Make(collection, type.GetGenericArguments());
        }

        return !type.IsAbstract && !type.IsInterface
            ? Make(typeof(FieldsWalker<>), type)
            : throw new NotSupportedException($"the small world can't copy a {type}: give it a walker in {nameof(Walkers)}");
    }

    private static object Make(Type definition, params Type[] arguments) => Activator.CreateInstance(definition.MakeGenericType(arguments))!;
}

/// <summary>An immutable value of the small world, told apart by its text: that has to name everything by which two of them do something else.</summary>
internal interface IText;

internal sealed class NumberWalker<T> : Walker<T>
{
    public override bool IsShared => true;

    public override void Renew(ref T value, TimeSpan shift)
    {
    }

    public override void Add(ref T value, ref Fingerprint fingerprint) => fingerprint.Add(Unsafe.SizeOf<T>() switch
    {
        1 => Unsafe.As<T, byte>(ref value),
        2 => Unsafe.As<T, ushort>(ref value),
        4 => Unsafe.As<T, uint>(ref value),
        _ => Unsafe.As<T, ulong>(ref value),
    });
}

/// <summary>A length of time, or none.</summary>
internal sealed class DurationWalker<T> : Walker<T>
{
    public override bool IsShared => true;

    public override void Renew(ref T value, TimeSpan shift)
    {
    }

    public override void Add(ref T value, ref Fingerprint fingerprint) => fingerprint.Add((ulong)(value is TimeSpan length ? length.Ticks : -1));
}

/// <summary>A counter that goes round.</summary>
internal sealed class RoundWalker : Walker<long>
{
    public override bool IsShared => true;

    public override void Renew(ref long value, TimeSpan shift)
    {
    }

    public override void Add(ref long value, ref Fingerprint fingerprint) => fingerprint.Add((ulong)(value % LeaseSaid.Round));
}

internal sealed class TextWalker<T> : Walker<T>
{
    private static readonly ConditionalWeakTable<object, object> Known = [];

    public override bool IsShared => true;

    public override void Renew(ref T value, TimeSpan shift)
    {
    }

    public override void Add(ref T value, ref Fingerprint fingerprint)
    {
        switch (value)
        {
            case null:
                fingerprint.Add(0UL);
                break;
            case string text:
                fingerprint.Add(text);
                break;
            default:
                fingerprint.Add((UInt128)Known.GetValue(value, Text));
                break;
        }
    }

    private static object Text(object value)
    {
        var fingerprint = default(Fingerprint);
        fingerprint.Add(Texts.Of(value));
        return fingerprint.Value;
    }
}

/// <summary>Every <see cref="TimeSpan"/> that <see cref="FieldsWalker{T}"/> doesn't know as a duration is a point in time.</summary>
internal sealed class PointWalker : Walker<TimeSpan>
{
    public override bool IsShared => false;

    public override void Renew(ref TimeSpan value, TimeSpan shift)
    {
        if (value == TimeSpan.Zero || value == TimeSpan.MinValue)
        {
            // Never, or none of a length.
            return;
        }

        if (value < Clock.LongAgo)
        {
            throw new NotSupportedException($"a field holds {value}, which is no point in the small world's time: name it among the durations of {nameof(FieldNames)}");
        }

        value += shift;
        value = value < Clock.LongAgo ? Clock.LongAgo : value;
    }

    public override void Add(ref TimeSpan value, ref Fingerprint fingerprint) => fingerprint.Add((ulong)(value < Clock.LongAgo ? Clock.LongAgo : value).Ticks);
}
