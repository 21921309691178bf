import { describe, expect, it } from "vitest";

import { figuresOf } from "./figures";
import { findingsOf } from "./findings";
import { detailOf } from "./nodeFacts";
import type { Plan } from "./planNode";
import { readPlan } from "./readPlan";
import cteJson from "./samples/cte.json?raw";
import cteText from "./samples/cte.txt?raw";
import parallelJson from "./samples/parallel.json?raw";
import parallelText from "./samples/parallel.txt?raw";
import costsOff from "./samples/costs-off.txt?raw";
import psqlJson from "./samples/psql-json.txt?raw";
import psqlXml from "./samples/psql-xml.txt?raw";
import psqlYaml from "./samples/psql-yaml.txt?raw";
import { estimateWords } from "./words";

function planOf(text: string): Plan {
  const plan = readPlan(text);
  if (!plan) throw new Error("no plan was found");
  return plan;
}

/** A plan as lines, so that a difference is seen at once. */
function outline(plan: Plan): string[] {
  return plan.nodes.map(({ depth, label, title, subject, actual, estimatedRows }) =>
    [
      "  ".repeat(depth) + [label, title, subject].filter((part) => part !== null && part !== "").join(" "),
      estimatedRows,
      actual?.rows,
      actual?.loops,
    ].join(" | "),
  );
}

describe("a plan that PostgreSQL wrote", () => {
  it("is the same in its text and its JSON format", () => {
    expect(outline(planOf(cteText))).toEqual(outline(planOf(cteJson)));
    expect(outline(planOf(parallelText))).toEqual(outline(planOf(parallelJson)));
  });

  it("is read in JSON, XML and YAML, and out of what psql draws around them", () => {
    const expected = outline(planOf(psqlJson));
    expect(expected).toMatchInlineSnapshot(`
      [
        "Sort o.status | 7 | 7 | 1",
        "  HashAggregate o.status | 7 | 7 | 1",
        "    Hash Anti Join o.id = x.id | 499 | 499 | 1",
        "      Seq Scan orders o | 499 | 499 | 1",
        "      Hash | 100 | 100 | 1",
        "        Seq Scan customers x | 100 | 100 | 1",
      ]
    `);
    expect(outline(planOf(psqlXml))).toEqual(expected);
    expect(outline(planOf(psqlYaml))).toEqual(expected);
    for (const text of [psqlJson, psqlXml, psqlYaml])
      expect(planOf(text).facts).toMatchObject({ "Execution Time": expect.any(Number) as number });
    const bare = psqlYaml.split("\n").slice(2, -3);
    expect(outline(planOf(bare.map((line) => line.slice(1).replace(/ *\+$/, "")).join("\n")))).toEqual(
      expected,
    );
  });

  it("is read out of a log that it was written to", () => {
    const json = psqlJson.split("\n").slice(3, -4);
    const log = `LOG:  duration: 1.5 ms  plan:\n${json.map((line) => line.replace(/ *\+$/, "")).join("\n")}`;
    expect(outline(planOf(log))).toEqual(outline(planOf(psqlJson)));
  });

  it("needs no costs", () => {
    const nodes = outline(planOf(psqlJson)).map((line) => line.replace(/ \|.*/, " |  |  | "));
    expect(outline(planOf(costsOff))).toEqual(nodes);
  });

  it("is told node by node", () => {
    expect(outline(planOf(cteJson))).toMatchInlineSnapshot(`
      [
        "Limit | 5 | 5 | 1",
        "  CTE late Seq Scan orders o_1 | 6018 | 6000 | 1",
        "  InitPlan 2 Result | 1 | 1 | 1",
        "  Sort (count(*)) DESC | 2000 | 5 | 1",
        "    HashAggregate c.email | 2000 | 200 | 1",
        "      Hash Join o.customer_id = c.id | 2006 | 5999 | 1",
        "        CTE Scan late o | 2006 | 5999 | 1",
        "        Hash | 2000 | 2000 | 1",
        "          Seq Scan customers c | 2000 | 2000 | 1",
      ]
    `);
  });

  it("reads the same of each table in both formats", () => {
    const tables = (text: string) =>
      figuresOf(planOf(text)).tables.map(({ name, rowsRead, way, scans, blocks }) => [
        name,
        rowsRead,
        way,
        scans,
        blocks,
      ]);
    expect(tables(cteText)).toEqual(tables(cteJson));
    expect(tables(cteText)).toContainEqual(["orders", 60_000, "whole table", 1, 383]);
  });

  it("is found in what psql, a log or a table drew around it", () => {
    const framed = cteText
      .split("\n")
      .map((line) => `| ${line} |`)
      .join("\n");
    expect(outline(planOf(framed))).toEqual(outline(planOf(cteText)));
    const quoted = cteText
      .split("\n")
      .filter((line) => !/QUERY PLAN|---/.test(line))
      .map((line) => `"${line.trimEnd()}"`)
      .join("\r\n");
    expect(outline(planOf(quoted))).toEqual(outline(planOf(cteText)));
  });

  it.each(["", "select 1", "{}", "[1, 2]", '{"Plan": 5}', "[".repeat(9), "Seq Scan on t", "-> "])(
    "is not found in %j",
    (text) => {
      expect(readPlan(text)).toBeNull();
    },
  );
});

describe("the figures of a plan", () => {
  it("count the time of a CTE where it is read", () => {
    const plan = planOf(cteJson);
    const { nodes, totalMs } = figuresOf(plan);
    const self = Object.fromEntries(plan.nodes.map(({ id, title }) => [title, nodes[id]?.selfMs ?? 0]));
    expect(self["CTE Scan"]).toBeLessThan(2);
    expect(self["Limit"]).toBeLessThan(0.1);
    const all = nodes.reduce((sum, { selfMs }) => sum + (selfMs ?? 0), 0);
    expect(all).toBeCloseTo(totalMs ?? 0, 1);
  });

  it("share the loops below a Gather among its processes", () => {
    const plan = planOf(parallelJson);
    const sort = plan.nodes.find(({ title }) => title === "Sort");
    expect(sort?.processes).toBe(3);
    expect(figuresOf(plan).nodes[sort?.id ?? 0]?.totalMs).toBeCloseTo(sort?.actual?.totalMs ?? 0, 3);
  });

  it("say how far an estimate is off", () => {
    const root = (rows: number, planned: number) =>
      planOf(
        `Seq Scan on t  (cost=0.00..1.00 rows=${planned} width=4) (actual time=0.1..0.2 rows=${rows} loops=1)`,
      );
    const words = (rows: number, planned: number) =>
      estimateWords(figuresOf(root(rows, planned)).nodes[0]?.estimate ?? null);
    expect(words(9600, 100)).toBe("96 × too low");
    expect(words(0, 10)).toBe("10 × too high");
    expect(words(120, 100)).toBe("");
  });

  it("know nodes that never ran and plans that were not run", () => {
    const never = planOf(
      "Result  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=0 loops=1)\n  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (never executed)",
    );
    expect(never.nodes[1]?.actual?.loops).toBe(0);
    const { totalMs, nodes } = figuresOf(planOf("Seq Scan on t  (cost=0.00..1.00 rows=9 width=4)"));
    expect([totalMs, nodes[0]?.selfMs, nodes[0]?.estimate]).toEqual([null, null, null]);
  });
});

describe("what is worth a look", () => {
  const found = (text: string) => {
    const plan = planOf(text);
    return findingsOf(plan, figuresOf(plan)).map(({ title }) => title);
  };

  it("names filters, spills and wrong estimates", () => {
    expect(
      found(
        [
          "Sort  (cost=1.00..2.00 rows=100 width=4) (actual time=10.0..12.0 rows=9600 loops=1)",
          "  Sort Key: a, round(b, 2)",
          "  Sort Method: external merge  Disk: 2048kB",
          "  ->  Seq Scan on big  (cost=0.00..1.00 rows=100 width=4) (actual time=0.1..9.0 rows=9600 loops=1)",
          "        Filter: (a > 5)",
          "        Rows Removed by Filter: 990400",
        ].join("\n"),
      ),
    ).toEqual([
      "96 times more rows than estimated",
      "The filter throws away 99 % of what is read",
      "The sort went to disk: 2.0 MB",
    ]);
  });

  it("is nothing in a good plan", () => {
    expect(
      found(
        "Index Scan using t_pkey on t  (cost=0.29..8.31 rows=1 width=4) (actual time=0.01..0.02 rows=1 loops=1)",
      ),
    ).toEqual([]);
  });
});

describe("the facts of a node", () => {
  it("are told as a person says them", () => {
    const plan = planOf(cteText);
    const facts = (title: string) => {
      const node = plan.nodes.find((candidate) => candidate.title === title);
      return Object.fromEntries(node ? detailOf(node).map(({ name, value }) => [name, value]) : []);
    };
    expect(facts("Sort")).toEqual({
      "Sort Key": "(count(*)) DESC",
      Sort: "top-N heapsort, 25 kB in memory",
      Buffers: "397 cached (3.1 MB)",
      "Temp buffers": "22 written (176 kB)",
    });
    expect(facts("Seq Scan")).toMatchObject({
      "Thrown away": "54,000 rows, 90 %",
      Filter: "(status = 'paid'::text)",
    });
  });
});
