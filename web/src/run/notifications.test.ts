import { expect, it } from "vitest";

import { MAX_HEARD, NOTHING_HEARD, withHeard } from "./notifications";

it("keeps the newest notifications and counts those that it dropped", () => {
  let listening = NOTHING_HEARD;
  for (let count = 1; count <= MAX_HEARD + 3; count += 1) {
    listening = withHeard(listening, { channel: "c", payload: String(count), backend_pid: 7 });
  }
  expect(listening.heard).toHaveLength(MAX_HEARD);
  expect(listening.heard[0]).toMatchObject({ channel: "c", payload: String(MAX_HEARD + 3), pid: 7 });
  expect(listening.dropped).toBe(3);
});
