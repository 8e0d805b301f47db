namespace NanoBanana.Engine.Jobs;

/// <summary>A job of the journal, and those who work on it.</summary>
internal sealed class ResumedJob
{
    public ResumedJob(RunContext context, JobRecord job, bool fetchesAgain)
    {
        Session = context.SessionFor(job.Provider);
        Book = new JobBook(context, job);
        Carrier = new JobCarrier(context, Session, Book);
        Receiver = new JobReceiver(context, Session, Book) { IsResumed = true, FetchesAgain = fetchesAgain };
        Ending = new JobEnding(context, Session, Book, Carrier) { MayHaveBeenSent = true };
    }

    public ProviderSession Session { get; }

    public JobBook Book { get; }

    public JobCarrier Carrier { get; }

    public JobReceiver Receiver { get; }

    public JobEnding Ending { get; }

    public JobRecord Record => Book.Job;
}
