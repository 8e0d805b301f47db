// OpenAI's own client against the sandbox's APIMaster: only the key and the base URL are set.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "test-key", baseURL: `${process.argv[2]}/apimaster/v1` });
const model = "gemini-3.1-flash-image-preview";
const report = {};

const made = await client.images.generate({ model, prompt: "An orange cat at sunset, watercolor", n: 2, size: "1024x1024" });
report.created = made.created;
report.urls = made.data.map((image) => image.url);

const response = await fetch(made.data[0].url);
const picture = Buffer.from(await response.arrayBuffer());
report.picture = { status: response.status, type: response.headers.get("content-type"), start: picture.subarray(1, 4).toString() };

const edited = await client.images.generate({
  model,
  prompt: "the same cat at night",
  resolution: "2k",
  image_urls: [`data:image/png;base64,${picture.toString("base64")}`, made.data[1].url],
});
report.edited = edited.data.length;

report.models = (await client.models.list()).data.map((entry) => entry.id);

try {
  await client.images.generate({ model, prompt: "too large", resolution: "2K" });
} catch (error) {
  report.invalid = { name: error.constructor.name, status: error.status, code: error.code, type: error.type };
}

try {
  await new OpenAI({ apiKey: "invalid", baseURL: client.baseURL }).images.generate({ model, prompt: "a" });
} catch (error) {
  report.unauthorized = { name: error.constructor.name, status: error.status, code: error.code };
}

console.log(JSON.stringify(report));
