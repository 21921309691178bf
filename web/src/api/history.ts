import { answer, client } from "./client";
import type { HistoryEntry, HistoryList, HistoryQuery, SavedQuery, SavedQueryDraft } from "./types";

/** What the person ran, on whatever server. */
export function fetchHistory(query: HistoryQuery): Promise<HistoryList> {
  return answer(client.GET("/api/v1/me/history", { params: { query } }));
}

/** One entry, whole, with its plan. */
export function fetchHistoryEntry(id: string): Promise<HistoryEntry> {
  return answer(client.GET("/api/v1/me/history/{id}", { params: { path: { id } } }));
}

export async function clearHistory(): Promise<void> {
  await answer(client.DELETE("/api/v1/me/history"));
}

/** Queries of the person's own, and those that are shared with them; without their texts. */
export async function fetchQueries(): Promise<SavedQuery[]> {
  return (await answer(client.GET("/api/v1/queries"))).queries;
}

export function fetchQuery(id: string): Promise<SavedQuery> {
  return answer(client.GET("/api/v1/queries/{id}", { params: { path: { id } } }));
}

export function createQuery(body: SavedQueryDraft): Promise<SavedQuery> {
  return answer(client.POST("/api/v1/queries", { body }));
}

export function changeQuery(id: string, body: SavedQueryDraft): Promise<SavedQuery> {
  return answer(client.PUT("/api/v1/queries/{id}", { params: { path: { id } }, body }));
}

export async function removeQuery(id: string): Promise<void> {
  await answer(client.DELETE("/api/v1/queries/{id}", { params: { path: { id } } }));
}

/** Gives a folder of the person's another name or place, with all queries in it. */
export async function moveQueryFolder(from: string, to: string): Promise<void> {
  await answer(client.POST("/api/v1/query-folders/move", { body: { from, to } }));
}
