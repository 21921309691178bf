-- What came with PostgreSQL 16.
create collation plain.ruled_icu (provider = icu, locale = 'en', rules = '&a < g');
create subscription sub_16 connection 'dbname=x' publication p with (connect = false, slot_name = none, streaming = parallel, origin = none,
    password_required = false, run_as_owner = true);
