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

/// <summary>
/// A host that keeps all that is written to it, with or without a window. A question fails, as in a runbook where nobody is
/// there, unless there is an answer to it.
/// </summary>
public sealed class RecordingHost : PSHost
{
    private readonly RecordingInterface ui;

    /// <summary>Makes the host.</summary>
    /// <param name="name">Its name, by which commands know services and remote sessions.</param>
    /// <param name="width">The columns of its window: 0 for no window at all, less for one that cannot be asked.</param>
    /// <param name="answer">The choice that answers every question; less than 0 lets it stand until <see cref="Interrupt"/>.</param>
    /// <param name="secret">What is typed where something masked is asked for.</param>
    public RecordingHost(string name, int width, int? answer = null, string secret = null)
    {
        Name = name;
        ui = new RecordingInterface(width, answer, secret);
    }

    /// <summary>What was written, one record a line, as 'Stream: text'.</summary>
    public string[] Lines => ui.Lines.ToArray();

    /// <summary>What was written to the window itself, as it was written.</summary>
    public string Written => string.Concat(ui.Written);

    /// <summary>The warnings that came.</summary>
    public string[] Warnings => ui.Warnings.ToArray();

    /// <summary>The progress records that came.</summary>
    public ProgressRecord[] Progress => ui.Progress.ToArray();

    /// <summary>Set once a question has been asked.</summary>
    public ManualResetEventSlim Asked => ui.Asked;

    /// <summary>What was asked.</summary>
    public string Question => ui.Question;

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name { get; }

    public override PSHostUserInterface UI => ui;

    public override Version Version => new(1, 0);

    /// <summary>Lets an open question end, as a console does on Ctrl+C.</summary>
    public void Interrupt() => ui.Interrupted.Set();

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

    private sealed class RecordingInterface : PSHostUserInterface
    {
        private readonly int? answer;
        private readonly string secret;

        public RecordingInterface(int width, int? answer, string secret)
        {
            this.answer = answer;
            this.secret = secret;
            RawUI = width == 0 ? null : new Window(width);
        }

        public ConcurrentQueue<string> Lines { get; } = new();

        public ConcurrentQueue<string> Written { get; } = new();

        public ConcurrentQueue<string> Warnings { get; } = new();

        public ConcurrentQueue<ProgressRecord> Progress { get; } = new();

        public ManualResetEventSlim Asked { get; } = new();

        public ManualResetEventSlim Interrupted { get; } = new();

        public string Question { get; private set; }

        public override PSHostRawUserInterface RawUI { get; }

        public override void Write(string value) => Keep(value, string.Empty);

        public override void Write(ConsoleColor foreground, ConsoleColor background, string value) => Keep(value, string.Empty);

        public override void WriteLine(string value) => Keep(value, Environment.NewLine);

        public override void WriteDebugLine(string message) => Lines.Enqueue("Debug: " + message);

        public override void WriteErrorLine(string value) => Lines.Enqueue("Error: " + value);

        public override void WriteVerboseLine(string message) => Lines.Enqueue("Verbose: " + message);

        public override void WriteWarningLine(string message)
        {
            Warnings.Enqueue(message);
            Lines.Enqueue("Warning: " + message);
        }

        public override void WriteProgress(long sourceId, ProgressRecord record)
        {
            Progress.Enqueue(record);
            Lines.Enqueue($"Progress: {record.Activity} | {record.StatusDescription} | {record.CurrentOperation}");
        }

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            Question = message;
            Asked.Set();
            if (answer is not { } choice) throw NobodyIsThere();
            if (choice >= 0) return choice;
            Interrupted.Wait();
            throw new PipelineStoppedException();
        }

        public override SecureString ReadLineAsSecureString()
        {
            if (secret is null) throw NobodyIsThere();
            var typed = new SecureString();
            foreach (char c in secret) typed.AppendChar(c);
            return typed;
        }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw NobodyIsThere();

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw NobodyIsThere();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowed, PSCredentialUIOptions options) => throw NobodyIsThere();

        public override string ReadLine() => throw NobodyIsThere();

        private static HostException NobodyIsThere() => new("Nobody can answer here.");

        private void Keep(string value, string end)
        {
            Written.Enqueue(value + end);
            Lines.Enqueue("Output: " + value);
        }
    }

    private sealed class Window : PSHostRawUserInterface
    {
        private readonly int width;

        public Window(int width) => this.width = width;

        public override Size WindowSize
        {
            get => width < 0 ? throw new NotImplementedException() : new Size(width, 40);
            set => throw new NotSupportedException();
        }

        public override Size BufferSize
        {
            get => WindowSize;
            set => throw new NotSupportedException();
        }

        public override Size MaxPhysicalWindowSize => WindowSize;

        public override Size MaxWindowSize => WindowSize;

        public override ConsoleColor BackgroundColor { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override bool KeyAvailable => false;

        public override Coordinates WindowPosition { get; set; }

        public override string WindowTitle { get; set; } = string.Empty;

        public override void FlushInputBuffer()
        {
        }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
    }
}
