using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using System.Threading;

namespace NanoBanana.PowerShell.Tests;

/// <summary>A host that answers every question with one choice, or lets it stand until the pipeline is stopped.</summary>
public sealed class AskingHost : PSHost
{
    private readonly AskingInterface ui;

    public AskingHost(int answer) => ui = new AskingInterface(answer);

    /// <summary>Set once a question has been asked.</summary>
    public ManualResetEventSlim Asked => ui.Asked;

    /// <summary>What was asked.</summary>
    public string Question => ui.Question;

    /// <summary>The warnings that were written to the host itself, past the pipeline.</summary>
    public IReadOnlyCollection<string> Warnings => ui.Warnings;

    /// <summary>Lets an open question end, as a console does on Ctrl+C.</summary>
    public void Interrupt() => ui.Interrupted.Set();

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "AskingHost";

    public override PSHostUserInterface UI => ui;

    public override Version Version => new(1, 0);

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }

    private sealed class AskingInterface : PSHostUserInterface
    {
        private readonly int answer;

        public AskingInterface(int answer) => this.answer = answer;

        public ManualResetEventSlim Asked { get; } = new();

        public ManualResetEventSlim Interrupted { get; } = new();

        public string Question { get; private set; }

        public ConcurrentQueue<string> Warnings { get; } = new();

        public override PSHostRawUserInterface RawUI => null;

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            Question = message;
            Asked.Set();
            if (answer >= 0) return answer;
            Interrupted.Wait();
            throw new PipelineStoppedException();
        }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
            throw new NotSupportedException();

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
            throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowed, PSCredentialUIOptions options) =>
            throw new NotSupportedException();

        public override string ReadLine() => throw new NotSupportedException();

        public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

        public override void Write(string value)
        {
        }

        public override void Write(ConsoleColor foreground, ConsoleColor background, string value)
        {
        }

        public override void WriteDebugLine(string message)
        {
        }

        public override void WriteErrorLine(string value)
        {
        }

        public override void WriteLine(string value)
        {
        }

        public override void WriteProgress(long sourceId, ProgressRecord record)
        {
        }

        public override void WriteVerboseLine(string message)
        {
        }

        public override void WriteWarningLine(string message) => Warnings.Enqueue(message);
    }
}
