-- Further fields of a definition, as JSON: what nothing searches for needs no column of its own.

alter table servers add column extras text;
