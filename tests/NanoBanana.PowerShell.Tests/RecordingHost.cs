using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace NanoBanana.PowerShell.Tests;

/// <summary>
/// A host that keeps all that is written to it, one record a line, with or without a window. Whatever would be a question
/// fails, as in a runbook: nobody is there to answer.
/// </summary>
public sealed class RecordingHost : PSHost
{
    private readonly RecordingInterface ui;

    public RecordingHost(string name, bool hasWindow)
    {
        Name = name;
        ui = new RecordingInterface(hasWindow);
    }

    /// <summary>What was written, as 'Stream: text'.</summary>
    public string[] Lines => ui.Lines.ToArray();

    /// <summary>The progress records that came.</summary>
    public ProgressRecord[] Progress => ui.Progress.ToArray();

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name { get; }

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

    private sealed class RecordingInterface : PSHostUserInterface
    {
        public RecordingInterface(bool hasWindow) => RawUI = hasWindow ? new Window() : null;

        public ConcurrentQueue<string> Lines { get; } = new();

        public ConcurrentQueue<ProgressRecord> Progress { get; } = new();

        public override PSHostRawUserInterface RawUI { get; }

        public override void Write(string value) => Lines.Enqueue("Output: " + value);

        public override void Write(ConsoleColor foreground, ConsoleColor background, string value) => Lines.Enqueue("Output: " + value);

        public override void WriteLine(string value) => Lines.Enqueue("Output: " + value);

        public override void WriteDebugLine(string message) => Lines.Enqueue("Debug: " + message);

        public override void WriteErrorLine(string value) => Lines.Enqueue("Error: " + value);

        public override void WriteVerboseLine(string message) => Lines.Enqueue("Verbose: " + message);

        public override void WriteWarningLine(string message) => Lines.Enqueue("Warning: " + message);

        public override void WriteProgress(long sourceId, ProgressRecord record)
        {
            Progress.Enqueue(record);
            Lines.Enqueue($"Progress: {record.Activity} | {record.StatusDescription} | {record.CurrentOperation}");
        }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
            throw new HostException("Nobody can answer here.");

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
            throw new HostException("Nobody can answer here.");

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
            throw new HostException("Nobody can answer here.");

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowed, PSCredentialUIOptions options) =>
            throw new HostException("Nobody can answer here.");

        public override string ReadLine() => throw new HostException("Nobody can answer here.");

        public override SecureString ReadLineAsSecureString() => throw new HostException("Nobody can answer here.");
    }

    private sealed class Window : PSHostRawUserInterface
    {
        public override ConsoleColor BackgroundColor { get; set; }

        public override Size BufferSize { get; set; } = new(120, 40);

        public override Coordinates CursorPosition { get; set; }

        public override int CursorSize { get; set; }

        public override ConsoleColor ForegroundColor { get; set; }

        public override bool KeyAvailable => false;

        public override Size MaxPhysicalWindowSize => new(120, 40);

        public override Size MaxWindowSize => new(120, 40);

        public override Coordinates WindowPosition { get; set; }

        public override Size WindowSize { get; set; } = new(120, 40);

        public override string WindowTitle { get; set; } = string.Empty;

        public override void FlushInputBuffer()
        {
        }

        public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

        public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

        public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
            throw new NotSupportedException();

        public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new NotSupportedException();

        public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new NotSupportedException();
    }
}
