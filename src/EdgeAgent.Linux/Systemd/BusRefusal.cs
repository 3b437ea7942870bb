namespace EdgeAgent.Linux.Systemd;

/// <summary>
/// What an error of a bus means to a person. A refusal names the action of polkit(8), the user and what to do, and claims no more than the answer tells: polkit,
/// the bus' own policy and a security module all refuse as AccessDenied.
/// </summary>
public static class BusRefusal
{
    public const string ManageUnits = "org.freedesktop.systemd1.manage-units";
    public const string Reboot = "org.freedesktop.login1.reboot";

    private const string Denied = "org.freedesktop.DBus.Error.AccessDenied";
    private const string WouldAsk = "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired";
    private const string PolkitErrors = "org.freedesktop.PolicyKit1.Error.";
    private const string RuleFile = "/etc/polkit-1/rules.d/50-edgeagent.rules";

    public static bool IsRefusal(string error) => error is Denied or WouldAsk || error.StartsWith(PolkitErrors, StringComparison.Ordinal);

    public static string Explain((string Name, string Message) error, string action, string what) => Explain(error.Name, error.Message, action, what, Environment.UserName, Environment.IsPrivilegedProcess);

    /// <param name="error">The error's name on the bus.</param>
    /// <param name="message">Its own words.</param>
    /// <param name="action">Polkit's name of what was asked for.</param>
    /// <param name="what">The same for a person, as <c>restart the machine</c>.</param>
    /// <param name="user">Whom the agent runs as.</param>
    /// <param name="isRoot">Whether that is root.</param>
    public static string Explain(string error, string message, string action, string what, string user, bool isRoot)
    {
        if (error == SystemdNames.NoSuchUnit && !isRoot)
        {
            return $"{message} The agent runs as the user {user} and commands that user's own units: the machine's are commanded by an agent that runs as root";
        }

        if (!IsRefusal(error))
        {
            return message;
        }

        var refusal = $"the user {user}, whom the agent runs as, may not {what}: {message.TrimEnd('.')}";
        if (isRoot)
        {
            return $"{refusal}. Root needs no rule of polkit's: a bus policy (/etc/dbus-1/system.d) or a security module refused, and the machine's log says which (journalctl -k -g denied; ausearch -m avc,user_avc)";
        }

        var who = error == Denied ? "polkit, the bus' policy or a security module refused; where it was polkit" : "polkit refused";
        return $"{refusal} ({who}, it was the action {action}). Run the agent as root, or allow it: in {RuleFile} write "
            + $"polkit.addRule(function(action, subject) {{ if (action.id == \"{action}\" && subject.user == \"{user}\") return polkit.Result.YES; }});";
    }
}
