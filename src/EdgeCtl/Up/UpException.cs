namespace EdgeCtl.Up;

/// <summary>The fleet on this machine can't be brought up or down. The message says what to do next, and is for the user as it is.</summary>
public sealed class UpException(string message) : Exception(message);
