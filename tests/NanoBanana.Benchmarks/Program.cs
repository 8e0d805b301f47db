// Speed and memory, each figure beside a baseline measured in the same run.
// dotnet run --project tests/NanoBanana.Benchmarks -c Release -- [--large] [--strict] [batch] [notice] [answer] [queue] [journal] [newest]
//   --large   also a batch of 1,000 jobs at a throttle of 100
//   --strict  exit code 1 when a figure is over its budget
using NanoBanana.Benchmarks;

var benchmarks = new Dictionary<string, Func<IAsyncEnumerable<Figure>>>(StringComparer.Ordinal)
{
    ["batch"] = () => BatchBenchmark.RunAsync(args.Contains("--large")),
    ["notice"] = NoticeBenchmark.RunAsync,
    ["answer"] = AnswerBenchmark.RunAsync,
    ["queue"] = QueueBenchmark.RunAsync,
    ["journal"] = JournalBenchmark.RunAsync,
    ["newest"] = NewestBenchmark.RunAsync,
};
string[] chosen = [.. args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal))];
if (chosen.FirstOrDefault(name => !benchmarks.ContainsKey(name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. There are: {string.Join(", ", benchmarks.Keys)}.");
    return 2;
}

var figures = new List<Figure>();
foreach ((string name, Func<IAsyncEnumerable<Figure>> run) in benchmarks.Where(one => chosen.Length == 0 || chosen.Contains(one.Key)))
{
    Console.Error.WriteLine($"{name} ...");
    await foreach (Figure figure in run()) figures.Add(figure);
}

FigureTable.Write(Console.Out, figures);
return args.Contains("--strict") && figures.Exists(figure => figure.IsOver) ? 1 : 0;
