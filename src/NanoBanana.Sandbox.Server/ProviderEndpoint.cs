using Microsoft.AspNetCore.Http.Features;

namespace NanoBanana.Sandbox.Server;

/// <summary>Carries requests from the socket to the simulator and answers back, dropped connections included.</summary>
internal sealed class ProviderEndpoint(Simulator simulator, Func<Behaviour> behaviour)
{
    public async Task AnswerAsync(HttpContext context, ProviderAddress address)
    {
        var (options, faults) = behaviour();
        SandboxResponse answer;
        try
        {
            answer = await simulator.HandleAsync(ToSandbox(context, address), options, faults, context.RequestAborted);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client hung up: there is nobody to answer.
            context.Abort();
            return;
        }

        if (answer.Fate == ConnectionFate.Answered)
            await SendAsync(context, answer);
        else
            context.Abort();
    }

    private static SandboxRequest ToSandbox(HttpContext context, ProviderAddress address)
    {
        var request = context.Request;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Headers)
            headers[name] = values.ToString();
        var root = $"{request.Scheme}://{request.Host.Value}/{address.Provider.PathPrefix}/";
        return new SandboxRequest
        {
            Method = request.Method.ToUpperInvariant(),
            Host = address.Host,
            Path = address.Path,
            Query = request.QueryString.Value?.TrimStart('?') ?? "",
            Headers = headers,
            Body = request.Body,
            UrlFor = (host, pathAndQuery) => root + host + pathAndQuery,
        };
    }

    private static async Task SendAsync(HttpContext context, SandboxResponse answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
            response.Headers.Append(name, value);
        response.ContentLength = answer.ContentLength;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await answer.Body.WriteToAsync(response.Body, context.RequestAborted);
        }
        catch (ConnectionDroppedException)
        {
            // What was written before the drop must reach the client, as it would have by then. An abort would throw away what
            // still waits to be sent; an exception after the answer has begun closes the connection behind it.
            await response.Body.FlushAsync(CancellationToken.None);
            throw;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
    }
}
