namespace EdgeAgent.Node.Answering;

/// <summary>Where a command is answered, and how far the answer is.</summary>
internal class Answer(string client, string id)
{
    public string Client => client;

    public string Id => id;

    public long Sequence { get; set; }

    public TimeSpan Until { get; set; }
}
