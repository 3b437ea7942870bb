namespace EdgeCtl.Contexts;

/// <summary>The user's contexts, and which of them a command means. All errors are <see cref="ContextException"/>, with the next step.</summary>
public sealed class ContextStore(ContextFile file)
{
    public const int ContextsMax = 256;
    public const int NameLengthMax = 64;

    /// <summary>The variable that names a broker where no option does.</summary>
    public const string BrokerVariable = "EDGECTL_BROKER";

    public static ContextStore OfUser() => new(ContextFile.OfUser());

    public StoredContexts List() => file.Read();

    /// <summary>Adds it, or replaces the one of the same name.</summary>
    public void Add(StoredContext context, bool makeCurrent)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Name.Length is 0 or > NameLengthMax || context.Name.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ContextException($"a context's name has 1 to {NameLengthMax} printable characters without blanks");
        }

        var address = AddressOf(context.Broker);
        file.Change(all =>
        {
            var others = all.Contexts.Where(c => c.Name != context.Name).ToList();
            if (others.Count >= ContextsMax)
            {
                throw new ContextException($"{file.Path} already has {ContextsMax} contexts: remove some with edgectl context delete NAME");
            }

            return all with
            {
                Contexts = [.. others, context with { Broker = address.ToString() }],
                Current = makeCurrent ? context.Name : all.Current,
            };
        });
    }

    public void Use(string name) => file.Change(all => all with { Current = Named(all, name).Name });

    public void Remove(string name) => file.Change(all => Without(all, [Named(all, name)]));

    /// <summary>Removes the contexts that sign with this key, and tells how many: <c>down</c> knows its own by it.</summary>
    public int RemoveWithKey(string keyFile)
    {
        var removed = 0;
        file.Change(all =>
        {
            var mine = all.Contexts.Where(c => c.KeyFile == keyFile).ToList();
            removed = mine.Count;
            return removed == 0 ? all : Without(all, mine);
        });
        return removed;
    }

    /// <summary>
    /// What to connect to: the option's broker, else the named context, else <c>EDGECTL_BROKER</c>, else the current context. A broker that
    /// is named by its URL alone takes its key and all else from the context of that broker, where there is one.
    /// </summary>
    public StoredContext Resolve(string? brokerOption, string? contextOption, string? keyOption)
    {
        var all = file.Read();
        var context = Choose(all, brokerOption, contextOption);
        return keyOption is { Length: > 0 } ? context with { KeyFile = Path.GetFullPath(keyOption) } : context;
    }

    private StoredContext Choose(StoredContexts all, string? brokerOption, string? contextOption)
    {
        if (contextOption is not null)
        {
            var named = Named(all, contextOption);
            return brokerOption is null ? named : named with { Broker = AddressOf(brokerOption).ToString() };
        }

        if (brokerOption is not null)
        {
            return OfBroker(all, AddressOf(brokerOption));
        }

        if (Environment.GetEnvironmentVariable(BrokerVariable) is { Length: > 0 } variable)
        {
            return BrokerAddress.TryParse(variable, out var address, out var error)
                ? OfBroker(all, address)
                : throw new ContextException($"{BrokerVariable}: {error}");
        }

        return all.Current is { } current
            ? Named(all, current)
            : throw new ContextException($"no broker is named: start a fleet here with edgectl up, or give --broker URL or --context NAME, or set {BrokerVariable}");
    }

    // The current one first: of two contexts of one broker it is the one the user chose.
    private static StoredContext OfBroker(StoredContexts all, BrokerAddress address) =>
        all.Contexts
            .OrderByDescending(c => c.Name == all.Current)
            .FirstOrDefault(c => BrokerAddress.TryParse(c.Broker, out var its, out _) && its == address)
        ?? new StoredContext { Name = "", Broker = address.ToString() };

    private StoredContext Named(StoredContexts all, string name) =>
        all.Contexts.FirstOrDefault(c => c.Name == name)
        ?? throw new ContextException(all.Contexts.Count == 0
            ? $"there is no context \"{name}\", and none at all in {file.Path}: edgectl up makes one"
            : $"there is no context \"{name}\": there are {string.Join(", ", all.Contexts.Select(c => c.Name))}");

    private static StoredContexts Without(StoredContexts all, IReadOnlyList<StoredContext> gone) => all with
    {
        Contexts = [.. all.Contexts.Except(gone)],
        Current = gone.Any(c => c.Name == all.Current) ? null : all.Current,
    };

    private static BrokerAddress AddressOf(string url) =>
        BrokerAddress.TryParse(url, out var address, out var error) ? address : throw new ContextException(error);
}
