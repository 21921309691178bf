-- Fern & Hollow, a shop for plants and garden tools: the sample database of the demo. The same every time.

create schema shop;
comment on schema shop is 'Catalogue, customers, orders and stock';
create schema billing;
comment on schema billing is 'Invoices and the ledger';

-- A number between 0 and 1 that depends on its seed alone.
create function shop.noise(seed bigint, salt int) returns double precision
    language sql immutable parallel safe
    as $$ select (hashint8extended(seed, salt) & 1048575) / 1048576.0 $$;

create type shop.order_status as enum ('cart', 'paid', 'packed', 'shipped', 'delivered', 'cancelled');
create type shop.movement_kind as enum ('receipt', 'sale', 'return', 'correction');
create domain shop.email_address as text check (value ~ '^[^@[:space:]]+@[^@[:space:]]+$');
create domain shop.money_amount as numeric(12, 2);

create table shop.customers (
    id bigint generated always as identity primary key,
    email shop.email_address not null unique,
    full_name text not null,
    country char(2) not null,
    language text not null default 'en',
    tags text[] not null default '{}',
    newsletter boolean not null default false,
    born date,
    created_at timestamptz(0) not null
);
comment on table shop.customers is 'People and companies that have ordered at least once';

create table shop.addresses (
    id bigint generated always as identity primary key,
    customer_id bigint not null references shop.customers on delete cascade,
    kind text not null check (kind in ('shipping', 'billing')),
    street text not null,
    city text not null,
    postcode text not null,
    valid tstzrange not null default tstzrange(now(), null)
);
create index addresses_customer_id on shop.addresses (customer_id);

create table shop.categories (
    id int primary key,
    parent_id int references shop.categories,
    name text not null,
    path text not null unique
);

create table shop.suppliers (
    id int primary key,
    name text not null,
    contact jsonb not null
);

create table shop.products (
    id int primary key,
    sku text not null unique,
    name text not null,
    category_id int not null references shop.categories,
    supplier_id int not null references shop.suppliers,
    weight_kg numeric(8, 3),
    attributes jsonb not null default '{}',
    search tsvector generated always as (to_tsvector('simple', name)) stored,
    picture bytea,
    discontinued boolean not null default false
);
create index products_search on shop.products using gin (search);
create index products_category_id on shop.products (category_id);

create table shop.price_lists (
    id int primary key,
    name text not null,
    currency char(3) not null,
    valid daterange not null
);

create table shop.prices (
    price_list_id int not null references shop.price_lists,
    product_id int not null references shop.products,
    amount shop.money_amount not null check (amount >= 0),
    primary key (price_list_id, product_id)
);

create table shop.warehouses (
    id int primary key,
    name text not null,
    city text not null,
    location point not null,
    open_hours text
);

create table shop.inventory_levels (
    warehouse_id int not null references shop.warehouses,
    product_id int not null references shop.products,
    on_hand int not null,
    reorder_at int4range,
    primary key (warehouse_id, product_id)
);

create table shop.stock_movements (
    id bigint generated always as identity primary key,
    moved_at timestamptz not null,
    warehouse_id int not null,
    product_id int not null,
    kind shop.movement_kind not null,
    quantity int not null,
    unit_cost numeric(10, 4),
    reference uuid,
    note text
);
comment on table shop.stock_movements is 'Everything that came in or went out: a million rows';

create table shop.carts (
    id uuid primary key,
    customer_id bigint references shop.customers,
    items jsonb not null,
    updated_at timestamptz not null
);

create table shop.coupons (
    code text primary key,
    discount_percent numeric(5, 2) not null,
    valid tstzrange not null,
    uses int not null default 0
);

create table shop.orders (
    id bigint generated always as identity primary key,
    customer_id bigint not null references shop.customers,
    placed_at timestamptz(0) not null,
    status shop.order_status not null,
    total shop.money_amount not null default 0,
    gift_note text,
    coupon_code text references shop.coupons,
    shipping_address jsonb not null,
    metadata jsonb not null default '{}'
);
create index orders_customer_id on shop.orders (customer_id);
create index orders_open on shop.orders (placed_at) where status in ('paid', 'packed');
comment on column shop.orders.gift_note is 'Printed on the card, as the customer typed it';

create table shop.order_items (
    order_id bigint not null references shop.orders on delete cascade,
    line int not null,
    product_id int not null references shop.products,
    quantity int not null check (quantity > 0),
    unit_price shop.money_amount not null,
    amount numeric(12, 2) generated always as (quantity * unit_price) stored,
    primary key (order_id, line)
);
create index order_items_product_id on shop.order_items (product_id);

create table shop.payments (
    id bigint generated always as identity primary key,
    order_id bigint not null references shop.orders,
    method text not null,
    amount shop.money_amount not null,
    paid_at timestamptz not null,
    from_address inet
);
create index payments_order_id on shop.payments (order_id);

create table shop.refunds (
    id bigint generated always as identity primary key,
    payment_id bigint not null references shop.payments,
    amount shop.money_amount not null,
    reason text not null,
    refunded_at timestamptz not null
);

create table shop.shipments (
    id bigint generated always as identity primary key,
    order_id bigint not null references shop.orders,
    carrier text not null,
    tracking text not null,
    shipped_at timestamptz not null,
    transit interval
);
create index shipments_order_id on shop.shipments (order_id);

create table shop.shipment_events (
    shipment_id bigint not null,
    happened_at timestamptz not null,
    event text not null,
    place text,
    primary key (shipment_id, happened_at, event)
) partition by range (happened_at);
create table shop.shipment_events_2026_09 partition of shop.shipment_events for values from ('2026-09-01') to ('2026-10-01');
create table shop.shipment_events_2026_10 partition of shop.shipment_events for values from ('2026-10-01') to ('2026-11-01');
create table shop.shipment_events_2026_11 partition of shop.shipment_events for values from ('2026-11-01') to ('2026-12-01');
create table shop.shipment_events_2026_12 partition of shop.shipment_events for values from ('2026-12-01') to ('2027-01-01');

create table shop.reviews (
    product_id int not null references shop.products,
    customer_id bigint not null references shop.customers,
    stars smallint not null check (stars between 1 and 5),
    title text,
    body text not null,
    written_at timestamptz not null,
    primary key (product_id, customer_id)
);

create table billing.accounts (
    id int primary key,
    number text not null unique,
    name text not null,
    kind text not null check (kind in ('asset', 'liability', 'income', 'expense'))
);

create table billing.invoices (
    id bigint generated always as identity primary key,
    number text not null unique,
    order_id bigint not null references shop.orders,
    issued_on date not null,
    due_on date not null,
    total numeric(12, 2) not null,
    paid boolean not null default false
);
create index invoices_order_id on billing.invoices (order_id);

create table billing.invoice_lines (
    invoice_id bigint not null references billing.invoices on delete cascade,
    line int not null,
    description text not null,
    amount numeric(12, 2) not null,
    tax_rate numeric(4, 2) not null,
    primary key (invoice_id, line)
);

create table billing.ledger_entries (
    id bigint generated always as identity primary key,
    account_id int not null references billing.accounts,
    invoice_id bigint references billing.invoices,
    booked_on date not null,
    debit numeric(14, 2) not null default 0,
    credit numeric(14, 2) not null default 0,
    check (debit = 0 or credit = 0)
);

-- Data ---------------------------------------------------------------------------------------------------------------

insert into shop.customers (email, full_name, country, language, tags, newsletter, born, created_at)
select mail_first || '.' || mail_last || '.' || n || '@' ||
       (array['fern.example', 'posteo.example', 'kumo.example', 'ouest.example', 'nord.example', 'blauw.example'])[1 + n % 6],
       first || ' ' || last,
       country, language,
       case n % 5 when 0 then '{}' when 1 then array['b2b', 'net30'] when 2 then array['gift'] else array['express'] end,
       n % 3 = 0,
       case when n % 4 = 0 then null else date '1950-01-01' + (shop.noise(n, 1) * 20000)::int end,
       timestamptz '2022-01-01 08:00+00' + n * interval '11 minutes'
from (
    select n,
           (array['lena', 'matteo', 'sara', 'juergen', 'aoife', 'kenji', 'chloe', 'piotr', 'ines', 'soren', 'misaki', 'omar'])[1 + n % 12] as mail_first,
           (array['okafor', 'bauer', 'moreau', 'lindqvist', 'rossi', 'watanabe', 'novak', 'hansen', 'duarte', 'mueller', 'tanaka', 'obrien', 'silva'])[1 + n % 13] as mail_last,
           (array['Lena', 'Matteo', 'Sara', 'Jürgen', 'Aoife', 'Kenji', 'Chloé', 'Piotr', 'Inês', 'Søren', '美咲', 'Omar'])[1 + n % 12] as first,
           (array['Okafor', 'Bauer', 'Moreau', 'Lindqvist', 'Rossi', 'Watanabe', 'Novák', 'Hansen', 'Duarte', 'Müller', '田中', 'O''Brien', 'Silva'])[1 + n % 13] as last,
           (array['DE', 'FR', 'JP', 'IE', 'SE', 'IT', 'CZ', 'PT'])[1 + n % 8] as country,
           (array['de', 'fr', 'ja', 'en', 'sv', 'it', 'cs', 'pt'])[1 + n % 8] as language
    from generate_series(1, 12000) n
) people;

insert into shop.addresses (customer_id, kind, street, city, postcode, valid)
select c.id, case when n = 1 then 'shipping' else 'billing' end,
       (array['Gartenstraße', 'Rue des Lilas', 'Mill Lane', '桜通り', 'Via Roma', 'Storgatan'])[1 + c.id % 6] || ' ' || 1 + c.id % 190,
       (array['Köln', 'Lyon', 'Cork', '京都', 'Torino', 'Malmö'])[1 + c.id % 6],
       lpad((c.id * 37 % 100000)::text, 5, '0'),
       tstzrange(c.created_at, null)
from shop.customers c, generate_series(1, 2) n
where n = 1 or c.id % 3 = 0;

insert into shop.categories (id, parent_id, name, path) values
    (1, null, 'Plants', 'plants'), (2, null, 'Tools', 'tools'), (3, null, 'Pots & soil', 'pots'),
    (4, 1, 'Ferns', 'plants.ferns'), (5, 1, 'Herbs', 'plants.herbs'), (6, 1, 'Trees', 'plants.trees'),
    (7, 2, 'Hand tools', 'tools.hand'), (8, 2, 'Watering', 'tools.watering'), (9, 3, 'Terracotta', 'pots.terracotta');

insert into shop.suppliers (id, name, contact)
select n, (array['Grünwerk', 'Fougère & Fils', 'Hollow Forge', 'みどり園', 'Terra Cotta Toscana'])[1 + n % 5] || ' ' || n,
       jsonb_build_object('phone', '+49 221 ' || 100000 + n, 'rating', round((shop.noise(n, 2) * 5)::numeric, 1))
from generate_series(1, 40) n;

insert into shop.products (id, sku, name, category_id, supplier_id, weight_kg, attributes, picture, discontinued)
select n, 'FH-' || lpad(n::text, 5, '0'),
       (array['Boston fern', 'Hart''s-tongue fern', 'Basil', 'Thyme', 'Olive tree', 'Trowel', 'Pruning shears', 'Watering can', 'Terracotta pot', 'Sieb für Erde'])[1 + n % 10] || ' ' || (array['S', 'M', 'L', 'XL'])[1 + n % 4],
       4 + n % 6, 1 + n % 40,
       case when n % 17 = 0 then null else round((0.05 + shop.noise(n, 3) * 12)::numeric, 3) end,
       jsonb_build_object('colour', (array['green', 'terracotta', 'black'])[1 + n % 3], 'care', jsonb_build_array('shade', n % 7)),
       case when n % 50 = 0 then decode(md5(n::text) || md5((n + 1)::text), 'hex') end,
       n % 41 = 0
from generate_series(1, 3800) n;

insert into shop.price_lists (id, name, currency, valid)
select n, (array['Retail', 'Wholesale', 'Autumn sale'])[1 + n % 3] || ' ' || (2023 + n / 3), (array['EUR', 'SEK', 'JPY'])[1 + n % 3],
       daterange(date '2023-01-01' + n * 120, case when n < 9 then date '2023-01-01' + (n + 3) * 120 end)
from generate_series(0, 11) n;

insert into shop.prices (price_list_id, product_id, amount)
select l.id, p.id, round((1.5 + shop.noise(p.id, 4) * 180 + l.id)::numeric, 2)
from shop.price_lists l, shop.products p where (p.id + l.id) % 2 = 0;

insert into shop.warehouses (id, name, city, location, open_hours) values
    (1, 'Rhine', 'Köln', point(6.96, 50.94), 'Mo-Fr 06:00-22:00'), (2, 'Rhône', 'Lyon', point(4.84, 45.76), 'Mo-Sa 07:00-19:00'),
    (3, 'Lee', 'Cork', point(-8.47, 51.9), null), (4, 'Kamo', '京都', point(135.77, 35.01), ''),
    (5, 'Po', 'Torino', point(7.69, 45.07), 'always'), (6, 'Öresund', 'Malmö', point(13, 55.6), 'Mo-Fr 08:00-16:00'),
    (7, 'Overflow', 'Köln', point(6.99, 50.97), null);

insert into shop.inventory_levels (warehouse_id, product_id, on_hand, reorder_at)
select w.id, p.id, (shop.noise(p.id * 7 + w.id, 5) * 400)::int, int4range(0, 10 + p.id % 30)
from shop.warehouses w, shop.products p where (p.id + w.id) % 3 = 0;

insert into shop.stock_movements (moved_at, warehouse_id, product_id, kind, quantity, unit_cost, reference, note)
select timestamptz '2025-01-01 00:00+00' + n * interval '53 seconds',
       1 + n % 7, 1 + (n * 31) % 3800,
       (array['receipt', 'sale', 'sale', 'sale', 'return', 'correction'])[1 + n % 6]::shop.movement_kind,
       case when n % 6 in (1, 2, 3) then -1 - n % 4 else 1 + n % 60 end,
       case when n % 11 = 0 then null else round((shop.noise(n, 6) * 90)::numeric, 4) end,
       case when n % 3 = 0 then md5(n::text)::uuid end,
       case n % 9 when 0 then 'counted by hand' when 1 then '' when 2 then '  damaged in transit' else null end
from generate_series(1, 1000000) n;

insert into shop.coupons (code, discount_percent, valid, uses)
select code, 5 * n, tstzrange(timestamptz '2026-09-01' + n * interval '10 days', timestamptz '2026-12-31'), n * 37
from unnest(array['FERN5', 'HERBST10', 'NOV15', 'KYOTO20']) with ordinality c(code, n);

insert into shop.carts (id, customer_id, items, updated_at)
select md5('cart' || n)::uuid, case when n % 4 > 0 then 1 + n % 12000 end,
       jsonb_build_array(jsonb_build_object('product', 1 + n % 3800, 'quantity', 1 + n % 5)),
       timestamptz '2026-11-20 10:00+00' + n * interval '20 seconds'
from generate_series(1, 3000) n;

insert into shop.orders (customer_id, placed_at, status, gift_note, coupon_code, shipping_address, metadata)
select 1 + (n * 7919::bigint) % 12000,
       timestamptz '2026-09-01 06:00+00' + n * interval '128 seconds',
       case when n < 40000 then 'delivered' else (array['paid', 'packed', 'shipped', 'delivered', 'cancelled', 'shipped'])[1 + n % 6] end::shop.order_status,
       case n % 12 when 0 then 'Für Jonas, alles Gute!' when 1 then '' when 2 then '  Bon anniversaire' when 3 then 'お誕生日おめでとう' when 4 then E'Two lines,\none card' else null end,
       case when n % 29 = 0 then (array['FERN5', 'HERBST10', 'NOV15', 'KYOTO20'])[1 + n % 4] end,
       jsonb_build_object('city', (array['Köln', 'Lyon', 'Cork', '京都', 'Torino', 'Malmö'])[1 + n % 6], 'postcode', lpad((n % 100000)::text, 5, '0')),
       case n % 5 when 0 then '{}'::jsonb when 1 then jsonb_build_object('gift', true) when 2 then jsonb_build_object('coupon', null) else jsonb_build_object('po', '45-' || lpad((n % 9999)::text, 4, '0')) end
from generate_series(1, 55000) n;

insert into shop.order_items (order_id, line, product_id, quantity, unit_price)
select o.id, l, 1 + (o.id * 13 + l * 101) % 3800, 1 + ((o.id + l) % 4)::int, round((2 + shop.noise(o.id * 5 + l, 7) * 120)::numeric, 2)
from shop.orders o, generate_series(1, 4) l where l <= 1 + o.id % 4;

update shop.orders o set total = s.total
from (select order_id, sum(amount) as total from shop.order_items group by order_id) s where s.order_id = o.id;

insert into shop.payments (order_id, method, amount, paid_at, from_address)
select o.id, (array['card', 'sepa', 'invoice', 'paypal'])[1 + o.id % 4], o.total, o.placed_at + interval '3 minutes',
       ('198.51.100.' || o.id % 254)::inet
from shop.orders o where o.status <> 'cancelled';

insert into shop.refunds (payment_id, amount, reason, refunded_at)
select p.id, round(p.amount / 2, 2), (array['arrived wilted', 'wrong size', 'changed their mind'])[1 + p.id % 3], p.paid_at + interval '6 days'
from shop.payments p where p.id % 97 = 0;

insert into shop.shipments (order_id, carrier, tracking, shipped_at, transit)
select o.id, (array['dhl', 'colissimo', 'an post', 'yamato'])[1 + o.id % 4], upper(substr(md5(o.id::text), 1, 12)),
       o.placed_at + interval '1 day', case when o.status = 'delivered' then make_interval(days => 1 + (o.id % 6)::int, hours => (o.id % 24)::int) end
from shop.orders o where o.status in ('shipped', 'delivered');

insert into shop.shipment_events (shipment_id, happened_at, event, place)
select s.id, s.shipped_at + e.n * interval '9 hours', (array['accepted', 'sorted', 'out for delivery'])[e.n], (array['Köln', 'Lyon', 'Cork', '京都', null])[1 + (s.id % 5)::int]
from shop.shipments s, generate_series(1, 3) e(n) where s.shipped_at + interval '27 hours' < timestamptz '2026-12-31';

insert into shop.reviews (product_id, customer_id, stars, title, body, written_at)
select 1 + n % 3800, 1 + (n * 17) % 12000, 1 + n % 5, case when n % 3 = 0 then 'Lovely' end,
       (array['Grew twice its size in a month.', 'Kam gut verpackt an.', 'La poterie était fêlée.', '葉がとてもきれいです。'])[1 + n % 4],
       timestamptz '2026-03-01' + n * interval '40 minutes'
from generate_series(1, 9000) n on conflict do nothing;

insert into billing.accounts (id, number, name, kind) values
    (1, '1200', 'Bank', 'asset'), (2, '1400', 'Receivables', 'asset'), (3, '1776', 'VAT', 'liability'), (4, '8400', 'Sales', 'income'), (5, '8700', 'Refunds', 'expense');

insert into billing.invoices (number, order_id, issued_on, due_on, total, paid)
select 'FH-2026-' || lpad(o.id::text, 6, '0'), o.id, o.placed_at::date, o.placed_at::date + 30, o.total, o.id % 9 <> 0
from shop.orders o where o.status <> 'cancelled';

insert into billing.invoice_lines (invoice_id, line, description, amount, tax_rate)
select i.id, oi.line, p.name, oi.amount, 19.00
from billing.invoices i join shop.order_items oi on oi.order_id = i.order_id join shop.products p on p.id = oi.product_id;

insert into billing.ledger_entries (account_id, invoice_id, booked_on, debit, credit)
select a.id, i.id, i.issued_on, case a.id when 2 then i.total else 0 end, case a.id when 4 then i.total else 0 end
from billing.invoices i, billing.accounts a where a.id in (2, 4) and i.total > 0;

-- Views, functions, rules ---------------------------------------------------------------------------------------------

create view shop.open_orders as
    select o.id, o.placed_at, c.email, c.full_name, o.status, o.total
    from shop.orders o join shop.customers c on c.id = o.customer_id
    where o.status in ('paid', 'packed');
comment on view shop.open_orders is 'Paid for, not shipped yet';

create view shop.stock as
    select p.sku, p.name, w.name as warehouse, l.on_hand, l.on_hand <@ l.reorder_at as reorder
    from shop.inventory_levels l join shop.products p on p.id = l.product_id join shop.warehouses w on w.id = l.warehouse_id;

create view billing.overdue_invoices as
    select number, total, due_on, current_date - due_on as days_late from billing.invoices where not paid and due_on < current_date;

create materialized view shop.daily_revenue as
    select placed_at::date as day, count(*) as orders, sum(total) as revenue from shop.orders where status <> 'cancelled' group by 1;
create unique index daily_revenue_day on shop.daily_revenue (day);

create function shop.customer_lifetime_value(customer bigint) returns numeric
    language sql stable
    begin atomic
        select coalesce(sum(total), 0) from shop.orders where customer_id = customer and status <> 'cancelled';
    end;
comment on function shop.customer_lifetime_value is 'What a customer has spent so far';

create function shop.touch_cart() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$;
create trigger carts_touch before update on shop.carts for each row execute function shop.touch_cart();

create procedure shop.cancel_order(which bigint) language plpgsql as $$
begin
    update shop.orders set status = 'cancelled' where id = which and status in ('paid', 'packed');
    if not found then
        raise exception 'order % cannot be cancelled any more', which using hint = 'Only orders that are paid or packed can.';
    end if;
    raise notice 'order % is cancelled', which;
end $$;

alter table billing.ledger_entries enable row level security;
create policy everyone_reads on billing.ledger_entries for select using (true);
create policy dba_writes on billing.ledger_entries for all to ada using (true);

-- People: ada runs the place, grace looks.
grant all on schema shop, billing to ada;
grant all on all tables in schema shop, billing to ada;
grant all on all sequences in schema shop, billing to ada;
grant usage on schema shop, billing to grace;
grant select on all tables in schema shop, billing to grace;
revoke select on shop.payments, billing.ledger_entries from grace;
grant pg_monitor to ada;
