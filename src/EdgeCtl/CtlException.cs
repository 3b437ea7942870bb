namespace EdgeCtl;

/// <summary>How a command ended, for scripts.</summary>
public enum ExitCode
{
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    NotReachable = 3,
    TimedOut = 4,
}

/// <summary>Why a command did not do what was asked. The message says what to do next, and is for the user as it is.</summary>
public sealed class CtlException(ExitCode code, string message) : Exception(message)
{
    public ExitCode Code => code;
}
