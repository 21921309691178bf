import { fetchCompletionObjects, fetchCompletionSchemas, fetchCompletionServer } from "~/api/catalog";
import type { SchemaHead } from "./catalogue";
import type { BestOffers } from "./offer";
import type { FoundName, NameFilter } from "./find";
import type { AnswerOf, NamedRelation, Request, StatementPlace } from "./messages";
import { Narrowing } from "./narrowing";

/** Schemas that are asked for in one request. */
const BATCH = 100;
/** So long what is known of a database is not looked at again without a reason. */
const FRESH_MS = 5 * 60_000;
/** And so long if somebody asks for it by key. */
const JUST_NOW_MS = 2_000;

interface Kept {
  loading: Promise<void> | null;
  loadedAt: number;
  /** Counts what was learnt. */
  revision: number;
}

/** What fits at a place, and what of it still does when one types on. */
export interface LiveOffers extends BestOffers {
  readonly narrowing: Narrowing;
}

/** Knows the names of databases for the editors of this page, in a worker. */
export class Completions {
  readonly #open: () => Worker;
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (why: Error) => void }>();
  readonly #kept = new Map<string, Kept>();
  #nextId = 0;

  constructor(open: () => Worker) {
    this.#open = open;
  }

  /** What fits at a place of a statement. Names that are still on their way are missing from it. */
  async complete(server: string, database: string, place: StatementPlace): Promise<LiveOffers | null> {
    const key = keyOf(server, database);
    const revision = this.#kept.get(key)?.revision;
    const found = await this.#ask({ type: "complete", database: key, ...place }).catch(nothing);
    if (!found) return null;
    const narrowing = new Narrowing(found, () => this.#kept.get(key)?.revision === revision);
    if (!found.whole) {
      void this.#ask({ type: "candidates", database: key, ...place })
        .catch(nothing)
        .then((all) => narrowing.learn(all));
    }
    return { ...found, narrowing };
  }

  /** As `complete`, for somebody who asks. Names that others have made meanwhile are learnt, and waited for where nothing fits. */
  async completeAsked(server: string, database: string, place: StatementPlace): Promise<LiveOffers | null> {
    const learnt = this.knows(server, database) && this.load(server, database, JUST_NOW_MS);
    const found = await this.complete(server, database, place);
    if (!learnt || found?.offers.length !== 0) return found;
    await learnt;
    return this.complete(server, database, place);
  }

  /** The names of a database that answer best to what was typed. */
  find(
    server: string,
    database: string,
    query: string,
    filter: NameFilter,
    limit: number,
  ): Promise<readonly FoundName[]> {
    return this.#ask({ type: "find", database: keyOf(server, database), query, filter, limit });
  }

  /** The relation that is named at a place of a statement. */
  relationAt(server: string, database: string, place: StatementPlace): Promise<NamedRelation | null> {
    return this.#ask({ type: "relation", database: keyOf(server, database), ...place }).catch(nothing);
  }

  /** Whether the names of a database are known, or on their way. */
  knows(server: string, database: string): boolean {
    const kept = this.#kept.get(keyOf(server, database));
    return kept !== undefined && (kept.loading !== null || kept.loadedAt > -Infinity);
  }

  /**
   * Learns the names of a database, or what has changed of them, unless what is known is fresh; with 0 they have changed
   * just now. Failing changes nothing.
   */
  load(server: string, database: string, freshMs = FRESH_MS): Promise<void> {
    const key = keyOf(server, database);
    const kept = this.#kept.get(key) ?? { loading: null, loadedAt: -Infinity, revision: 0 };
    this.#kept.set(key, kept);
    if (kept.loading && freshMs > 0) return kept.loading;
    if (performance.now() - kept.loadedAt < freshMs) return Promise.resolve();
    const loading = (kept.loading ?? Promise.resolve())
      .then(() => this.#load(server, database, key, () => (kept.revision += 1)))
      .then(() => void (kept.loadedAt = performance.now()))
      // Whatever is wrong with the connection is told where it matters: at a run or in the explorer.
      .catch(() => undefined)
      .finally(() => {
        if (kept.loading === loading) kept.loading = null;
      });
    kept.loading = loading;
    return loading;
  }

  async #load(server: string, database: string, key: string, learnt: () => void): Promise<void> {
    const { schemas } = await fetchCompletionSchemas(server, database);
    const known = await this.#ask({ type: "update", database: key, heads: schemas });
    learnt();
    for (const heads of batches(known.schemas)) {
      const { objects } = await fetchCompletionObjects(
        server,
        database,
        heads.map(({ oid }) => oid),
      );
      await this.#ask({ type: "fill", database: key, heads, objects });
      learnt();
    }
    const changed = await fetchCompletionServer(server, database, known.serverTag);
    if (!changed) return;
    await this.#ask({ type: "fillServer", database: key, ...changed });
    learnt();
  }

  #ask<Kind extends Request["type"]>(request: Extract<Request, { type: Kind }>): Promise<AnswerOf<Kind>> {
    const worker = (this.#worker ??= this.#start());
    const id = (this.#nextId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as AnswerOf<Kind>), reject });
      worker.postMessage({ id, request });
    });
  }

  #start(): Worker {
    const worker = this.#open();
    let isUp = false;
    worker.addEventListener("message", ({ data }: MessageEvent<{ id: number; answer: unknown }>) => {
      isUp = true;
      this.#waiting.get(data.id)?.resolve(data.answer);
      this.#waiting.delete(data.id);
    });
    // Which question it was is not said: none of them may wait for ever.
    worker.addEventListener("error", ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
      // It could not be fetched, as while Howdah is restarted: the next question tries again.
      if (!isUp && this.#worker === worker) this.#worker = null;
    });
    return worker;
  }
}

/** The names of all editors of the page. */
export const completions = new Completions(
  () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
);

/** Nobody who types is bothered with a worker that failed. */
const nothing = () => null;

function keyOf(server: string, database: string): string {
  return `${server}/${database}`;
}

/** Those that names are found in without a schema first, PostgreSQL's many functions by themselves. */
function batches(heads: readonly SchemaHead[]): SchemaHead[][] {
  const system = heads.filter(({ name }) => name === "pg_catalog" || name === "information_schema");
  const searched = heads.filter((head) => head.search_place != null && !system.includes(head));
  const others = heads.filter((head) => head.search_place == null && !system.includes(head));
  const cut: SchemaHead[][] = [searched, ...system.map((head) => [head])];
  for (let at = 0; at < others.length; at += BATCH)
    cut.splice(-system.length, 0, others.slice(at, at + BATCH));
  return cut.filter((batch) => batch.length > 0);
}
