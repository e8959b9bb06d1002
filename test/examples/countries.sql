-- upgrade and seed, twice
SELECT migrate_load('@EXAMPLES@/countries/migrations');
SELECT migrate_upgrade('head');
SELECT migrate_seed_load('@EXAMPLES@/countries/seeds');
SELECT migrate_seed();
SELECT migrate_seed();

-- countries
SELECT code, alpha3, numeric_code, name, continent FROM countries ORDER BY code;

-- cities
SELECT c.code, t.name, CASE WHEN t.is_capital THEN 'capital' ELSE 'not the capital' END,
    coalesce(CAST(t.founded AS text), 'unknown')
FROM cities AS t JOIN countries AS c ON c.country_id = t.country_id ORDER BY c.code;

-- one seed by its name
DELETE FROM cities;
DELETE FROM countries WHERE code IN ('NA', 'NO');
UPDATE countries SET name = 'Holland' WHERE code = 'NL';
SELECT table_name, row_number, line, key, state, differs FROM migrate_seed_show('countries') WHERE state <> 'same';
SELECT migrate_seed_run('countries');
SELECT migrate_seed_run('cities');
SELECT count(*) FROM countries;

-- before its table is there
SELECT migrate_downgrade('-1');
SELECT migrate_seed();
SELECT migrate_upgrade('head');
SELECT migrate_seed();

-- clear and reseed
SELECT migrate_seed_clear('*', '{"confirm": "@DATABASE@"}');
SELECT count(*) FROM countries;
SELECT migrate_seed();
SELECT migrate_downgrade('base');
