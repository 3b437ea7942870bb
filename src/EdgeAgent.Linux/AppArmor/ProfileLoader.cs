using EdgeAgent.Linux.Runtimes.Binding;

namespace EdgeAgent.Linux.AppArmor;

/// <summary>
/// Gives profiles to the kernel and takes them out again, by apparmor_parser(8), one after the other on a thread that may wait. What was compiled is kept, so that after a boot it needn't be again.
/// </summary>
/// <param name="runtimeFolder">The agent's, gone after a boot as what the kernel holds is: in it lies the text of each that is loaded.</param>
/// <param name="stateFolder">The agent's, which stays: in it lies what was compiled.</param>
public sealed class ProfileLoader(string runtimeFolder, string stateFolder)
{
    /// <summary>Of those that were compiled the newest are kept.</summary>
    private const int CompiledMax = 64;

    private static readonly string[] Parsers = ["/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"];

    private static readonly DateTime AlwaysOlder = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>An emulated processor takes seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _texts = Path.Combine(runtimeFolder, "apparmor");
    private readonly string _compiled = Path.Combine(stateFolder, "apparmor");
    private readonly string _parser = Parser ?? Parsers[0];
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public static string? Parser => Array.Find(Parsers, File.Exists);

    /// <param name="make">What is to be loaded; one that is stays as it is. Called where it may wait for files.</param>
    /// <param name="done">Called with what is loaded now, or with null and why nothing is, for a person; on another thread.</param>
    public void Load(Func<Profile> make, Action<Profile?, string> done) => Next(() =>
    {
        try
        {
            var profile = make();
            var trouble = Load(profile);
            done(trouble.Length == 0 ? profile : null, trouble);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            done(null, $"its AppArmor profile can't be loaded: {e.Message}");
        }
    });

    /// <summary>Something was loaded since the boot.</summary>
    public bool HasTexts => Directory.Exists(_texts) && Directory.EnumerateFiles(_texts).Any();

    public void Unload(string name) => Next(() => Remove(name));

    /// <summary>Takes out what an agent before this one has loaded, and nobody uses.</summary>
    public void Sweep(IReadOnlySet<string> used) => Next(() =>
    {
        foreach (var name in Directory.Exists(_texts) ? Directory.GetFiles(_texts).Select(f => Path.GetFileName(f)).Where(n => !used.Contains(n)).ToList() : [])
        {
            Remove(name);
        }
    });

    private string Load(Profile profile)
    {
        if (AppArmorKernel.Has(profile.Label))
        {
            return "";
        }

        var file = Path.Combine(_texts, profile.Label.Name);
        Directory.CreateDirectory(_texts);
        Directory.CreateDirectory(_compiled);
        File.WriteAllText(file, profile.Text);

        // The parser takes what was compiled where nothing that it was compiled of is newer; this one is never another, for its name is of its text.
        File.SetLastWriteTimeUtc(file, AlwaysOlder);
        var trouble = (profile.LinesBefore >= 0 ? Foreign(profile, file) : null) ?? Parse(profile, out _, "--replace", "--write-cache", $"--cache-loc={_compiled}", file);
        if (trouble is not null)
        {
            File.Delete(file);
            return trouble;
        }

        Trim();
        return AppArmorKernel.Has(profile.Label) ? "" : $"AppArmor's parser has taken its profile {profile.Label}, and the kernel doesn't have it";
    }

    /// <summary>Rules with a brace too many would close the profile, and begin another in its place: of the manifest's own only this one is loaded, and what is within it.</summary>
    private string? Foreign(Profile profile, string file)
    {
        if (Parse(profile, out var names, "--names", file) is { } trouble)
        {
            return trouble;
        }

        var other = names.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(n => !profile.Label.IsOrIsWithin(n));
        return other is null ? null : $"spec.security.apparmor.profile makes a profile of its own, {other}: write the rules between its braces only";
    }

    private string? Parse(Profile profile, out string output, params IReadOnlyList<string> arguments)
    {
        (var exit, output) = ChildProgram.Run(_parser, arguments, Patience);
        return exit == 0 ? null : ParserWords.Explain(profile, exit, output);
    }

    /// <summary>What can't be taken out holds nobody, and goes at the next boot; its text goes in any case, or each agent would try again.</summary>
    private void Remove(string name)
    {
        foreach (var act in (Action[])[() => AppArmorKernel.Remove(name), () => File.Delete(Path.Combine(_texts, name))])
        {
            try
            {
                act();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else has taken it out.
            }
        }
    }

    private void Trim()
    {
        foreach (var old in new DirectoryInfo(_compiled).GetFiles("edge-*", SearchOption.AllDirectories).OrderByDescending(f => f.LastWriteTimeUtc).Skip(CompiledMax))
        {
            old.Delete();
        }
    }

    private void Next(Action act)
    {
        lock (_gate)
        {
            _last = _last.ContinueWith(_ => act(), TaskScheduler.Default);
        }
    }
}
