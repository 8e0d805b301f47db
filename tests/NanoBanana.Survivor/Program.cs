// The child process of the survival tests: dotnet NanoBanana.Survivor.dll <file of orders>
// Carries on what the journal holds unfinished, then orders what it does not hold. Exit code 0 when it was not killed.
using System.Diagnostics;
using System.Text.Json;
using NanoBanana.Survivor;

Orders orders = JsonSerializer.Deserialize<Orders>(await File.ReadAllTextAsync(args[0])) ?? throw new JsonException("no orders");
Reaper? reaper = orders.Death is { } death ? new Reaper(death, orders.Pictures.Count) : null;
using IDisposable? listening = reaper is null ? null : DiagnosticListener.AllListeners.Subscribe(reaper);
await new Life(orders, reaper, Console.Out).RunAsync();
return 0;
