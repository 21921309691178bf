import { expect, it } from "vitest";

import { textOf } from "./localFiles";

const utf8 = (text: string) => [...new TextEncoder().encode(text)];

it.each([
  ["UTF-8", utf8("select 'ä';\r\n"), { text: "select 'ä';\r\n", encoding: "utf-8" }],
  ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, ...utf8("select 1")], { text: "select 1", encoding: "utf-8" }],
  ["UTF-16", [0xff, 0xfe, 0xe4, 0x00, 0x31, 0x00], { text: "ä1", encoding: "utf-16le" }],
  ["UTF-16, the high bytes first", [0xfe, 0xff, 0x00, 0xe4], { text: "ä", encoding: "utf-16be" }],
  ["Windows-1252", [0x27, 0xe4, 0x27], { text: "'ä'", encoding: "windows-1252" }],
  ["zero bytes", [0x50, 0x4b, 0x00, 0x00], null],
  ["half a character of UTF-16", [0xff, 0xfe, 0xe4], null],
])("reads %s", (_, bytes, read) => {
  expect(textOf(Uint8Array.from(bytes))).toEqual(read);
});
