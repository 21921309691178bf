import { answer } from "./answer";
import type { Request } from "./messages";

// Names of large databases are searched here, so that typing never waits.
addEventListener("message", ({ data }: MessageEvent<{ id: number; request: Request }>) => {
  postMessage({ id: data.id, answer: answer(data.request) });
});
