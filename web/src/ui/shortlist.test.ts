import { expect, it } from "vitest";
import { Shortlist } from "./shortlist";

it.each([0, 1, 3, 10, 50])("the best %i of many are those that sorting finds", (limit) => {
  const numbers = Array.from({ length: 200 }, (_, index) => (index * 7919) % 211);
  const short = new Shortlist<number>(limit, (a, b) => a - b);
  for (const number of numbers) short.offer(number);
  expect(short.take()).toEqual(numbers.toSorted((a, b) => a - b).slice(0, limit));
});

it("says what an item must be better than, once there are enough", () => {
  const short = new Shortlist<number>(2, (a, b) => a - b);
  expect(short.worst).toBeNull();
  for (const number of [5, 1, 4, 3]) short.offer(number);
  expect(short.worst).toBe(3);
});
