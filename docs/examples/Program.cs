// Makes three pictures and edits two of them in the sandbox: no key, no network, no money.
// Run it with: dotnet run --project docs/examples -- <folder>
using NanoBanana;
using NanoBanana.Engine;
using NanoBanana.Engine.Jobs;
using NanoBanana.Engine.Requests;
using NanoBanana.Engine.Transport;
using NanoBanana.Examples;
using NanoBanana.Sandbox;

string folder = Path.GetFullPath(args.Length > 0 ? args[0] : "pictures");
if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);

// The sandbox answers in the place of the network. With a real key, leave MessageHandler and Sandbox out.
using HttpMessageHandler sandbox = new Simulator().CreateHandler(new SandboxOptions());
using var engine = new ImageEngine(new EngineOptions
{
    MessageHandler = sandbox,
    Sandbox = true,
    Key = static _ => SecretKey.FromText("the sandbox takes any key"),
});
var output = new OutputOptions { Directory = folder };

string[] prompts = ["a lighthouse at dusk", "a red fox in the snow", "a teapot made of glass"];
List<NBImage> made = await RunAsync(prompts.Select(prompt => new ImageRequest
{
    Prompt = prompt,
    AspectRatio = AspectRatio.TryParse("16:9", out AspectRatio ratio) ? ratio : null,
    OutputFormat = ImageFormat.WebP,
    Seed = 7,
    Output = output,
}));
List<NBImage> edited = await RunAsync(made.Take(2).Select(image => new ImageRequest
{
    Prompt = "at night, under the stars",
    Operation = ImageOperation.Edit,
    References = [ReferenceImage.FromFile(image.Path!)],
    Output = output,
}));

PictureTable.Write(Console.Out, [.. made, .. edited]);
Console.WriteLine($"{Directory.GetFiles(folder).Length} files in {folder}");
return made.Count + edited.Count == 5 ? 0 : 1;

// Requests in, events out, as they happen; here only the pictures and the errors matter.
async Task<List<NBImage>> RunAsync(IEnumerable<ImageRequest> requests)
{
    var images = new List<NBImage>();
    await foreach (JobEvent next in engine.RunAsync(requests.ToAsyncEnumerable(), new BatchOptions { ThrottleLimit = 4 }))
    {
        if (next is ImageReceived received) images.Add(received.Image);
        if (next is JobFailed failed) await Console.Error.WriteLineAsync($"{failed.Error.ErrorId}: {failed.Error.Message}");
    }

    return images;
}
