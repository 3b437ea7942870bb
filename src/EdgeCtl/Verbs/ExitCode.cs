namespace EdgeCtl.Verbs;

/// <summary>The exit codes that scripts rest on.</summary>
public static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int TimedOut = 4;
}

/// <summary>A verb can't go on: what happened and what to do, and the exit code.</summary>
public sealed class VerbException(int exitCode, string message) : Exception(message)
{
    public int Code => exitCode;
}
