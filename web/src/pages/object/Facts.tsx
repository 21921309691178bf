import type { ObjectPage } from "~/api/types";
import { formatBytes, formatCount } from "~/ui/format";
import { CellText, type Jump } from "./CellText";
import styles from "./ObjectTab.module.css";
import { type Row, type Rows, rowsOf, totalOf } from "./sections";

const LINKS_AT_MOST = 5;

interface FactsProps {
  page: ObjectPage;
  jump: Jump;
  showDependencies: () => void;
}

/** What is said of an object in a word or a figure each. */
export function Facts({ page, jump, showDependencies }: FactsProps) {
  const facts = rowsOf(page, "facts");
  const health = rowsOf(page, "health");
  return (
    <aside className={styles.side} aria-label="Facts" tabIndex={0}>
      {page.comment != null && (
        <section>
          <h3>Comment</h3>
          <p className={styles.comment}>{page.comment}</p>
        </section>
      )}
      <Size page={page} />
      {health.length > 0 && (
        <section>
          <h3>Health</h3>
          <FactList rows={health} jump={jump} />
        </section>
      )}
      {(facts.length > 0 || page.owner != null) && (
        <section>
          <h3>Facts</h3>
          <FactList
            rows={[
              ...(page.owner == null
                ? []
                : [
                    [
                      { text: "Owner" },
                      { text: page.owner.text },
                      {},
                      { text: page.owner.address },
                    ] satisfies Row,
                  ]),
              ...facts,
            ]}
            jump={jump}
          />
        </section>
      )}
      <Links title="Used by" rows={rowsOf(page, "used_by")} jump={jump} onMore={showDependencies} />
      <Links title="Uses" rows={rowsOf(page, "uses")} jump={jump} onMore={showDependencies} />
    </aside>
  );
}

function FactList({ rows, jump }: { rows: Rows; jump: Jump }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([label, value, form, address], index) => (
        <div key={index} className={styles.fact}>
          <dt>{label?.text}</dt>
          <dd>
            <CellText
              cell={{ text: value?.text ?? null, form: form?.text ?? null, address: address?.text ?? null }}
              jump={jump}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const shares = ["rows", "indexes", "toast"] as const;

function Size({ page }: { page: ObjectPage }) {
  const parts = rowsOf(page, "size").map(([label, bytes]) => ({
    label: label?.text ?? "",
    bytes: Number(bytes?.text ?? 0),
  }));
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (parts.length === 0) return null;
  return (
    <section>
      <h3>Size</h3>
      <p className={styles.total}>
        <b>{formatBytes(total)}</b>
        {page.estimated_rows != null && (
          <span>about {formatCount(Math.round(page.estimated_rows))} rows</span>
        )}
      </p>
      {parts.length > 1 && (
        <>
          <div className={styles.stack} aria-hidden="true">
            {parts.map(({ label, bytes }, index) => (
              <i
                key={label}
                data-share={shares[index]}
                style={{ width: `${total === 0 ? 0 : (100 * bytes) / total}%` }}
              />
            ))}
          </div>
          <ul className={styles.legend}>
            {parts.map(({ label, bytes }, index) => (
              <li key={label}>
                <i data-share={shares[index]} aria-hidden="true" />
                {label}
                <span>{formatBytes(bytes)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface LinksProps {
  title: string;
  rows: Rows;
  jump: Jump;
  onMore: () => void;
}

function Links({ title, rows, jump, onMore }: LinksProps) {
  if (rows.length === 0) return null;
  const total = totalOf(rows);
  const left = total - Math.min(LINKS_AT_MOST, rows.length);
  return (
    <section>
      <h3>
        {title} <span className={styles.count}>{formatCount(total)}</span>
      </h3>
      <ul className={styles.links}>
        {rows.slice(0, LINKS_AT_MOST).map(([object, kind, by], index) => (
          <li key={index}>
            <CellText cell={object ?? {}} jump={jump} />
            <span className={styles.by}>{by?.text ?? kind?.text}</span>
          </li>
        ))}
      </ul>
      {left > 0 && (
        <button type="button" className={styles.jump} onClick={onMore}>
          {formatCount(left)} more
        </button>
      )}
    </section>
  );
}
