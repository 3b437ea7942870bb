namespace EdgeCtl.Contexts;

/// <summary>The contexts don't say what was asked of them. The message says what to do next, and is for the user as it is.</summary>
public sealed class ContextException(string message) : Exception(message);
