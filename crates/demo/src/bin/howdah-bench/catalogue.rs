//! The explorer and the pages of objects.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use howdah_demo::figures::Samples;

use crate::Bench;
use crate::data::DATABASE;

impl Bench {
    pub(crate) async fn explorer(&mut self) -> Result<()> {
        let mut psql = self.psql().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let base = format!("/api/v1/servers/{}/databases/{DATABASE}", self.server);
        let found = self.person.get(&format!("{base}/schemas?filter=many")).await?.json()?;
        let path = format!("{base}/objects?kind=table&of={}", found["schemas"][0]["oid"]);
        let mut bytes = 0;
        self.person.get(&path).await?;
        for _ in 0..self.rounds * 4 {
            floor.add(
                psql.time("select c.oid, c.relname, c.relkind, c.reltuples from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'many' and c.relkind in ('r','p','f') order by c.relname;").await?,
            );
            let started = Instant::now();
            let page = self.person.get(&path).await?;
            ours.add(started.elapsed());
            ensure!(page.status.is_success(), "{}", page.body);
            bytes = page.body.len();
        }
        self.table.ratio("first page of 10,000 tables", &ours, &floor, 2.0, Duration::ZERO);
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        self.table.fact("  its size", bytes as f64 / 1000.0, "kB", 200.0);
        Ok(())
    }

    /// The floor is one query that says most of the same.
    pub(crate) async fn object_page(&mut self) -> Result<()> {
        let mut psql = self.psql().await?;
        let (mut floor, mut ours) = (Samples::default(), Samples::default());
        let base = format!("/api/v1/servers/{}/databases/{DATABASE}", self.server);
        let found = self.person.get(&format!("{base}/schemas?filter=many")).await?.json()?;
        let schema = &found["schemas"][0]["oid"];
        let tables = self.person.get(&format!("{base}/objects?kind=table&limit=1&of={schema}")).await?.json()?;
        let oid = &tables["items"][0]["oid"];
        let path = format!("{base}/objects/pg_class/{oid}");
        self.person.get(&path).await?;
        let sql = format!(
            "select jsonb_build_object(
               'columns', (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                                                            pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)))
                             from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                            where a.attrelid = {oid} and a.attnum > 0 and not a.attisdropped),
               'constraints', (select jsonb_agg(pg_get_constraintdef(k.oid, true)) from pg_constraint k where k.conrelid = {oid}),
               'indexes', (select jsonb_agg(jsonb_build_array(pg_get_indexdef(i.indexrelid), pg_relation_size(i.indexrelid)))
                             from pg_index i where i.indrelid = {oid}),
               'triggers', (select jsonb_agg(pg_get_triggerdef(t.oid)) from pg_trigger t where t.tgrelid = {oid} and not t.tgisinternal),
               'stats', (select to_jsonb(s) from pg_stat_all_tables s where s.relid = {oid}),
               'size', pg_total_relation_size({oid}),
               'depends', (select jsonb_agg(i.identity) from pg_depend d, lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) i
                            where d.classid = 'pg_class'::regclass and d.objid = {oid}),
               'dependents', (select jsonb_agg(distinct i.identity) from pg_depend d, lateral pg_identify_object(d.classid, d.objid, d.objsubid) i
                               where d.refclassid = 'pg_class'::regclass and d.refobjid = {oid}));"
        );
        for _ in 0..self.rounds * 4 {
            floor.add(psql.time(&sql.replace('\n', " ")).await?);
            let started = Instant::now();
            let page = self.person.get(&path).await?;
            ours.add(started.elapsed());
            ensure!(page.status.is_success(), "{}", page.body);
        }
        self.table.ratio("one table's whole page", &ours, &floor, 1.5, Duration::ZERO);
        Ok(())
    }
}
