import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Plugin } from "vite";

const compress = promisify(brotliCompress);
const worthwhile = /\.(?:js|css|svg)$/;

/** Puts a `.br` file beside every text asset, so that the server never compresses one. */
export function brotli(): Plugin {
  let outDir = "dist";
  return {
    name: "howdah:brotli",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      for (const name of await readdir(outDir, { recursive: true })) {
        const path = join(outDir, name);
        if (!worthwhile.test(name) || !(await stat(path)).isFile()) continue;
        const text = await readFile(path);
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
        };
        await writeFile(`${path}.br`, await compress(text, { params }));
      }
    },
  };
}
