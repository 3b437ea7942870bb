using System.CommandLine;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl completion bash|zsh|fish</c>: the shell asks this program itself (System.CommandLine's [suggest] directive).</summary>
public static class CompletionVerb
{
    private const string Bash = """
        # source <(edgectl completion bash)
        _edgectl() {
            local IFS=$'\n'
            COMPREPLY=($(edgectl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _edgectl edgectl
        """;

    private const string Zsh = """
        # source <(edgectl completion zsh)
        _edgectl() {
            local -a found
            found=("${(@f)$(edgectl "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- "${found[@]}"
        }
        compdef _edgectl edgectl
        """;

    private const string Fish = """
        # edgectl completion fish | source
        complete -c edgectl -f -a '(edgectl "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "completion for a shell; its first line says how to load it") { shell };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }));
        return command;
    }
}
