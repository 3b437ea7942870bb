namespace EdgeAgent.Simulation.Faults;

/// <summary>A step of the protocol at which things may go wrong: most races are open for milliseconds, which no clock time hits.</summary>
public enum Moment
{
    /// <summary>None is waited for.</summary>
    None,

    /// <summary>The broker takes a bid.</summary>
    Bid,

    /// <summary>The broker takes a bid for a slot of which another has said that it runs.</summary>
    Takeover,

    /// <summary>A process begins; what is said of it may still wait for the disk.</summary>
    Began,

    /// <summary>A job's process begins.</summary>
    JobBegan,

    /// <summary>The broker takes the word that it is held.</summary>
    Held,

    /// <summary>The broker takes the word that it runs.</summary>
    Running,

    /// <summary>The broker takes the word that a change is announced.</summary>
    Updating,

    /// <summary>The broker takes the word that it was given up.</summary>
    GivenUp,

    /// <summary>The broker takes the renewal of a lease.</summary>
    Leased,

    /// <summary>A node has read its own words in a new connection, and says them again.</summary>
    Opened,
}
