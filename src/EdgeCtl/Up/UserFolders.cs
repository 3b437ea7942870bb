using EdgeCtl.Contexts;

namespace EdgeCtl.Up;

/// <summary>The user's folders, by the XDG base directory specification.</summary>
public static class UserFolders
{
    public static string Configuration() => Of("XDG_CONFIG_HOME", ".config");

    public static string State() => Of("XDG_STATE_HOME", Path.Combine(".local", "state"));

    // The specification: what isn't absolute is to be ignored.
    private static string Of(string variable, string underHome)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named && Path.IsPathFullyQualified(named))
        {
            return named;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? Path.Combine(home, underHome)
            : throw new ContextException($"neither ${variable} nor $HOME names a folder: set one of them");
    }
}
