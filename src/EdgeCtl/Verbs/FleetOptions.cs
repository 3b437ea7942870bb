using System.CommandLine;
using EdgeAgent.Core.Fleet;
using EdgeAgent.Core.Units;
using EdgeAgent.Protocol.Security;
using EdgeAgent.Protocol.Topics;
using EdgeCtl.Connection;
using EdgeCtl.Contexts;

namespace EdgeCtl.Verbs;

/// <summary>The options that every verb takes which talks to a cell.</summary>
public static class FleetOptions
{
    public static readonly Option<string?> Broker = new("--broker") { Description = "the broker's URL, mqtt://host:1883 or mqtts://host:8883", HelpName = "url", Recursive = true };
    public static readonly Option<string?> Context = new("--context") { Description = "a context by its name (edgectl context list)", HelpName = "name", Recursive = true };
    public static readonly Option<string?> Key = new("--key") { Description = "the operator's private key, PEM", HelpName = "file", Recursive = true };
    public static readonly Option<string?> Fleet = new("--fleet") { Description = "the fleet; the context's, else \"default\"", HelpName = "name", Recursive = true };
    public static readonly Option<string?> Cell = new("--cell") { Description = "the cell; the context's, else \"default\"", HelpName = "name", Recursive = true };
    public static readonly Option<string?> Root = new("--root") { Description = "what the topics begin with; the context's, else edge/v1", HelpName = "topic", Recursive = true };

    public static IReadOnlyList<Option> All => [Broker, Context, Key, Fleet, Cell, Root];

    public static Option<string> Timeout(string about, string otherwise) => new("--timeout") { Description = about, HelpName = "duration", DefaultValueFactory = _ => otherwise };

    public static TimeSpan ReadTimeout(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetValue(option) ?? "";
        return DurationText.TryParse(text, out var span, out _) && span > TimeSpan.Zero ? span : throw new VerbException(ExitCode.Usage, $"--timeout takes a duration such as 30s or 2m, not \"{text}\"");
    }
}

/// <summary>A cell that is being talked to: who one is, the connection, and the view.</summary>
public sealed class FleetSession : IAsyncDisposable
{
    private readonly OperatorKey? _key;

    private FleetSession(StoredContext context, FleetConnection connection, OperatorKey? key)
    {
        (Context, Connection, _key) = (context, connection, key);
        View = new FleetView(connection.Topics, new Envelope(key is null ? [] : [PublicKey.FromPem(key.PublicPem())]));
        connection.Heard = View.Hear;
    }

    public StoredContext Context { get; }

    public FleetConnection Connection { get; }

    public TopicSpace Topics => Connection.Topics;

    public FleetView View { get; }

    /// <summary>The public part of the context's key verifies intents; without one they can't be read.</summary>
    public bool HasKey => Context.KeyFile is not null;

    public static async Task<FleetSession> OpenAsync(ParseResult parsed, CancellationToken cancel)
    {
        var context = ContextStore.OfUser().Resolve(parsed.GetValue(FleetOptions.Broker), parsed.GetValue(FleetOptions.Context), parsed.GetValue(FleetOptions.Key));
        var fleet = parsed.GetValue(FleetOptions.Fleet) ?? context.Fleet ?? "default";
        var cell = parsed.GetValue(FleetOptions.Cell) ?? context.Cell ?? "default";
        var root = parsed.GetValue(FleetOptions.Root) ?? context.Root ?? TopicSpace.DefaultRoot;
        if (!FleetId.TryParse(fleet, out var fleetId) || !CellId.TryParse(cell, out var cellId) || !TopicSpace.IsValidRoot(root))
        {
            throw new VerbException(ExitCode.Usage, $"fleet \"{fleet}\", cell \"{cell}\" and root \"{root}\": the first two are DNS labels, the last has at most 16 characters and one slash");
        }

        return await OpenAsync(context, new TopicSpace(root, fleetId, cellId), cancel).ConfigureAwait(false);
    }

    /// <summary>For what has to be signed.</summary>
    public OperatorKey Key => _key
        ?? throw new VerbException(ExitCode.Failed, $"no key is known for {Context.Broker}: agents apply only what is signed; give --key FILE (edgectl up makes one in its folder)");

    public async ValueTask DisposeAsync()
    {
        _key?.Dispose();
        await Connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Loading the library for keys takes as long as connecting: both are done at once. A key that can't be used is told first.</summary>
    private static async Task<FleetSession> OpenAsync(StoredContext context, TopicSpace topics, CancellationToken cancel)
    {
        var reading = context.KeyFile is null ? Task.FromResult<OperatorKey?>(null) : Task.Run<OperatorKey?>(() => ReadKey(context), cancel);
        var connecting = FleetConnection.ConnectAsync(context, topics, cancel);
        OperatorKey? key = null;
        try
        {
            key = await reading.ConfigureAwait(false);
            return new FleetSession(context, await connecting.ConfigureAwait(false), key);
        }
        catch
        {
            key?.Dispose();
            _ = connecting.ContinueWith(c => c.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Waits until it holds of the view.</summary>
    public async Task<bool> WaitAsync(Func<bool> holds, TimeSpan atMost, CancellationToken cancel)
    {
        var until = DateTime.UtcNow + atMost;
        while (!holds())
        {
            var left = until - DateTime.UtcNow;
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await Connection.WaitForChangeAsync(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), cancel).ConfigureAwait(false);
            if (!Connection.IsConnected)
            {
                throw new VerbException(ExitCode.Unreachable, $"the connection to {Context.Broker} was lost while waiting; what was asked for may still come to be (edgectl get slots)");
            }
        }

        return true;
    }

    private static OperatorKey ReadKey(StoredContext context)
    {
        try
        {
            return OperatorKey.FromPem(File.ReadAllText(context.KeyFile!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new VerbException(ExitCode.Failed, $"the key {context.KeyFile} can't be used: {e.Message}; --key FILE names another");
        }
    }
}

/// <summary>Runs a verb's action, and turns what it throws into a line and an exit code.</summary>
public static class FleetVerb
{
    public static void OnFleet(this Command command, Func<ParseResult, FleetSession, CancellationToken, Task<int>> act) => command.SetAction((parsed, cancel) =>
        RunAsync(parsed, PathOf(command), async () =>
        {
            var session = await FleetSession.OpenAsync(parsed, cancel).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await act(parsed, session, cancel).ConfigureAwait(false);
            }
        }));

    /// <summary>As it was typed: <c>get nodes</c>.</summary>
    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand ? $"{PathOf(parent)} {command.Name}" : command.Name;

    public static async Task<int> RunAsync(ParseResult parsed, string verb, Func<Task<int>> act)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (VerbException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"edgectl {verb}: {e.Message}").ConfigureAwait(false);
            return e.Code;
        }
        catch (ContextException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"edgectl {verb}: {e.Message}").ConfigureAwait(false);
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Failed;
        }
    }
}
