namespace EdgeAgent.Node.Ports;

public enum Severity
{
    Debug,
    Info,
    Notice,
    Warning,
    Error,
}

/// <summary>
/// What the loop has to tell: the daemon writes it to its log. Libraries do not log; this is the one way out. The kind
/// names the sort of thing (docs/spec/events.md lists them), the subject what it is about.
/// </summary>
public interface IObserver
{
    void Tell(Severity severity, string kind, string subject, string reason, string message);
}
