// What a customer's program does, on types and calls that are generated from the document alone.
import createClient from "openapi-fetch";
import type { components, paths, webhooks } from "./schema.js";

const client = createClient<paths>({
  baseUrl: process.env.CLIPIT_API_URL,
  headers: { Authorization: `Bearer ${process.env.CLIPIT_API_KEY}` },
});

const card: components["schemas"]["TitleCardRequest"] = {
  template: "title-card",
  fields: { title: "Hello", tone_hz: 440 },
  webhook_url: "https://example.com/hook",
};
const slides: components["schemas"]["SlideshowRequest"] = {
  template: "slideshow",
  fields: { slides: [{ text: "One" }, { text: "Two", background: "#203040" }] },
};
const composition: components["schemas"]["CompositionRequest"] = {
  composition: {
    version: 1,
    width: 64,
    height: 64,
    rate: 10,
    scenes: [
      { duration_s: 1, text: { content: "Hello", position: "top" } },
      { duration_s: 1, transition: { kind: "fade" } },
    ],
  },
};
// @ts-expect-error a field that the template does not have
const mistaken: components["schemas"]["TitleCardRequest"] = { template: "title-card", fields: { titel: "x" } };

type WebhookEvent = webhooks["renderEnded"]["post"]["requestBody"]["content"]["application/json"];

function told(event: WebhookEvent): string {
  return event.data.failure ? event.data.failure.code : event.type;
}

async function main(): Promise<void> {
  const ids: string[] = [];
  for (const body of [card, slides, composition]) {
    const { data, error, response } = await client.POST("/v1/renders", {
      body,
      params: { header: { "Idempotency-Key": `order-${ids.length}` } },
    });
    if (!data) throw new Error(`${response.status} ${error.detail}`);
    ids.push(data.id);
  }
  const seen = await client.GET("/v1/renders/{render_id}", { params: { path: { render_id: ids[0]! } } });
  const list = await client.GET("/v1/renders", { params: { query: { limit: 2, state: "queued" } } });
  const next = await client.GET("/v1/renders", {
    params: { query: { limit: 2, cursor: list.data!.next_cursor! } },
  });
  const cancelled = await client.POST("/v1/renders/{render_id}/cancel", {
    params: { path: { render_id: ids[0]! } },
  });
  const asset = await client.POST("/v1/assets", { body: { content_type: "image/png", size: 5 } });
  const templates = await client.GET("/v1/templates");
  const refused = await client.POST("/v1/renders", { body: mistaken });
  console.log(
    JSON.stringify({
      waiting: seen.data!.waiting!.code,
      listed: list.data!.renders.length + next.data!.renders.length,
      cancelled: cancelled.data!.state,
      method: asset.data!.upload.method,
      templates: templates.data!.templates.map((one) => one.name),
      status: refused.response.status,
      pointers: refused.error!.errors!.map((one) => one.pointer),
      webhook: told({
        type: "render.succeeded",
        timestamp: "2023-11-14T22:13:23.100Z",
        data: { id: ids[0]!, state: "succeeded", attempt: 1, trace_id: seen.data!.trace_id },
      }),
    }),
  );
}

await main();
