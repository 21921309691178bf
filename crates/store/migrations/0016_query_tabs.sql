-- How a tab runs its statements and which saved query it holds, and which tab a statement ran in. An older program writes
-- neither.

-- JSON that only the page understands.
alter table tabs add column options text;
alter table history add column tab_id text;

create index history_tab_id on history (account_id, tab_id, id);
