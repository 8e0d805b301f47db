// fal's own client against the sandbox: the middleware sends https://HOST/path to BASE/fal/HOST/path, and nothing else changes.
import { createFalClient } from "@fal-ai/client";

const base = process.argv[2];
const fal = createFalClient({
  credentials: "test-key",
  requestMiddleware: async (request) => {
    const url = new URL(request.url);
    return { ...request, url: `${base}/fal/${url.host}${url.pathname}${url.search}` };
  },
});
const model = "fal-ai/nano-banana-2";
const report = {};

const updates = [];
const subscribed = await fal.subscribe(model, {
  input: { prompt: "a lighthouse at dusk", seed: 7, aspect_ratio: "16:9" },
  logs: true,
  pollInterval: 20,
  onQueueUpdate: (update) => updates.push(update),
});
report.subscribe = { ...subscribed.data.images[0], requestId: subscribed.requestId, states: [...new Set(updates.map((u) => u.status))], logs: updates.at(-1).logs.length };

const streamed = await fal.subscribe(model, { input: { prompt: "a harbour" }, mode: "streaming", logs: true });
report.streaming = streamed.data.images.length;

const { request_id: requestId } = await fal.queue.submit(model, { input: { prompt: "a fox", num_images: 2, output_format: "webp" } });
let status = await fal.queue.status(model, { requestId, logs: true });
while (status.status !== "COMPLETED") {
  await new Promise((resolve) => setTimeout(resolve, 10));
  status = await fal.queue.status(model, { requestId, logs: true });
}
report.queue = { status: status.status, images: (await fal.queue.result(model, { requestId })).data.images.length };

const slow = await fal.queue.submit(model, { input: { prompt: "stop me" } });
await fal.queue.cancel(model, { requestId: slow.request_id });
try {
  await fal.queue.result(model, { requestId: slow.request_id });
} catch (error) {
  report.cancel = { status: error.status, type: error.body.error_type };
}

const picture = await (await fetch(subscribed.data.images[0].url)).blob();
const uploaded = await fal.storage.upload(picture);
const edited = await fal.subscribe(`${model}/edit`, { input: { prompt: "at night", image_urls: [uploaded] }, pollInterval: 20 });
report.edit = { uploaded, ...edited.data.images[0] };

const direct = await fal.run(`${model}/edit`, { input: { prompt: "by day", image_urls: [picture] } });
report.run = direct.data.images.length;

try {
  await fal.run(model, { input: { aspect_ratio: "7:5" } });
} catch (error) {
  report.invalid = { name: error.name, status: error.status, fields: error.fieldErrors.map((field) => field.loc.at(-1)) };
}

console.log(JSON.stringify(report));
