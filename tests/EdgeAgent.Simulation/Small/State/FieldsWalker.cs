using System.Reflection;
using System.Reflection.Emit;

namespace EdgeAgent.Simulation.Small.State;

/// <summary>A class or a struct, field by field.</summary>
internal sealed class FieldsWalker<T> : Walker<T>
{
    private static readonly Func<object, object> Clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    private readonly FieldPart[] _all;
    private readonly FieldPart[] _own;

    public FieldsWalker()
    {
        _all = [.. typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(f => !FieldNames.IsScratch(f.Name)).Select(Part)];
        _own = [.. _all.Where(p => !p.IsShared)];
        IsShared = typeof(T).IsValueType && _own.Length == 0;
    }

    public override bool IsShared { get; }

    public override void Renew(ref T value, TimeSpan shift)
    {
        if (value is null)
        {
            return;
        }

        value = typeof(T).IsValueType ? value : (T)Clone(value);
        foreach (var part in _own)
        {
            part.Renew(ref value, shift);
        }
    }

    public override void Add(ref T value, ref Fingerprint fingerprint)
    {
        fingerprint.Add(value is null ? 0UL : 1UL);
        if (value is null)
        {
            return;
        }

        foreach (var part in _all)
        {
            part.Add(ref value, ref fingerprint);
        }
    }

    private static FieldPart Part(FieldInfo field) =>
        (FieldPart)Activator.CreateInstance(typeof(FieldPart<>).MakeGenericType(typeof(T), field.FieldType), field)!;

    private abstract class FieldPart
    {
        public abstract bool IsShared { get; }

        public abstract void Renew(ref T owner, TimeSpan shift);

        public abstract void Add(ref T owner, ref Fingerprint fingerprint);
    }

    private sealed class FieldPart<TField>(FieldInfo field) : FieldPart
    {
        private readonly Access _access = Reference(field);
        private readonly Walker<TField> _walker =
            FieldNames.IsDuration(field.Name) ? new DurationWalker<TField>()
            : FieldNames.IsRound(field.Name) && typeof(TField) == typeof(long) ? (Walker<TField>)(object)new RoundWalker()
            : Walker<TField>.Instance;

        private delegate ref TField Access(ref T owner);

        public override bool IsShared => _walker.IsShared;

        public override void Renew(ref T owner, TimeSpan shift) => _walker.Renew(ref _access(ref owner), shift);

        public override void Add(ref T owner, ref Fingerprint fingerprint) => _walker.Add(ref _access(ref owner), ref fingerprint);

        /// <summary>A reference to the field, read-only ones too: reflection's own getters box, and are a hundred times slower.</summary>
        private static Access Reference(FieldInfo field)
        {
            var method = new DynamicMethod(field.Name, typeof(TField).MakeByRefType(), [typeof(T).MakeByRefType()], typeof(FieldNames).Module, skipVisibility: true);
            var code = method.GetILGenerator();
            code.Emit(OpCodes.Ldarg_0);
            if (!typeof(T).IsValueType)
            {
                code.Emit(OpCodes.Ldind_Ref);
            }

            code.Emit(OpCodes.Ldflda, field);
            code.Emit(OpCodes.Ret);
            return method.CreateDelegate<Access>();
        }
    }
}

/// <summary>What a field's type doesn't say of it.</summary>
internal static class FieldNames
{
    /// <summary>Nothing of a state: what one step leaves lying, and the next writes over.</summary>
    private static readonly HashSet<string> Scratch = ["_now", "_effects", "_turn"];

    /// <summary>A length of time; what is missing here is found by its value.</summary>
    private static readonly HashSet<string> Durations = ["_raceWindow", "_echo", "<window>P", "<Length>k__BackingField", "<BoundBy>k__BackingField", "_renewedFor", "<Interval>k__BackingField"];

    /// <summary>A counter of words that only have to differ from the few before: it goes round, as it does in what is said.</summary>
    private static readonly HashSet<string> Rounds = ["_renewals"];

    public static bool IsRound(string field) => Rounds.Contains(field);

    public static bool IsScratch(string field) => Scratch.Contains(field);

    public static bool IsDuration(string field) => Durations.Contains(field);
}
