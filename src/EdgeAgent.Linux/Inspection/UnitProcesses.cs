using System.Text.Json;

namespace EdgeAgent.Linux.Inspection;

/// <summary>The processes of a unit, as <c>systemctl status</c> lists them.</summary>
internal static class UnitProcesses
{
    private const int ProcessesMax = 64;
    private const int CommandLengthMax = 256;

    /// <summary>
    /// <paramref name="withArguments"/>: those of work stand in its manifest, which all operators read; what other programs were given is their own, and may be secret.
    /// </summary>
    public static void Write(Utf8JsonWriter json, MachineRoot root, Func<int, bool> isOfUnit, bool withArguments)
    {
        var pids = root.Processes().Where(isOfUnit).Order().ToList();
        json.WriteStartArray("processes");
        foreach (var pid in pids.Take(ProcessesMax))
        {
            json.WriteStartObject();
            json.WriteNumber("pid", pid);
            json.WriteString("command", Command(root, pid, withArguments));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (pids.Count > ProcessesMax)
        {
            json.WriteNumber("processesLeft", pids.Count - ProcessesMax);
        }
    }

    private static string Command(MachineRoot root, int pid, bool withArguments)
    {
        var arguments = root.Text(MachineRoot.ProcessFile(pid, "cmdline")).TrimEnd('\0').Split('\0');
        var text = withArguments ? string.Join(' ', arguments) : arguments[0];
        text = text.Length > 0 ? text : root.Text(MachineRoot.ProcessFile(pid, "comm")).TrimEnd('\n');
        return text.Length <= CommandLengthMax ? text : $"{text[..CommandLengthMax]}…";
    }
}
