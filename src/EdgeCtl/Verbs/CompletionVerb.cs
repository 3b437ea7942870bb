using System.CommandLine;

namespace EdgeCtl.Verbs;

/// <summary><c>edgectl completion</c>: a script for a shell, which asks this program itself what could come next.</summary>
public static class CompletionVerb
{
    private const string Bash = """
        _edgectl() {
            local IFS=$'\n'
            COMPREPLY=( $(compgen -W "$(edgectl "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _edgectl edgectl
        """;

    private const string Zsh = """
        #compdef edgectl
        _edgectl() {
            local -a found
            found=(${(f)"$(edgectl "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"})
            compadd -a found
        }
        compdef _edgectl edgectl
        """;

    private const string Fish = """
        complete -f -c edgectl -a '(edgectl "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return new Command("completion", "a script that completes this program's words: source <(edgectl completion bash)") { shell }.Does(async (parsed, _) =>
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetRequiredValue(shell) switch
            {
                "zsh" => Zsh,
                "fish" => Fish,
                _ => Bash,
            }).ConfigureAwait(false));
    }
}
