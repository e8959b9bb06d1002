-- The functions as they are declared: names, signatures, results, volatility, privileges, comments.
SELECT plan(265);

CREATE TEMP TABLE actions (name text, args text[]);
INSERT INTO actions VALUES
    ('migrate_init', '{text}'),
    ('migrate_load', '{text,text}'),
    ('migrate_add', '{text,text}'),
    ('migrate_revision', '{text,text}'),
    ('migrate_merge', '{text,text,text}'),
    ('migrate_repair', '{text,text}'),
    ('migrate_upgrade', '{text,text}'),
    ('migrate_upgrade', '{bigint,text}'),
    ('migrate_downgrade', '{text,text}'),
    ('migrate_downgrade', '{bigint,text}'),
    ('migrate_stamp', '{text,text}'),
    ('migrate_upgrade_sql', '{text}'),
    ('migrate_downgrade_sql', '{text}'),
    ('migrate_assert_current', '{}'),
    ('migrate_seed_load', '{text}'),
    ('migrate_seed_add', '{text,text}'),
    ('migrate_seed_remove', '{text}'),
    ('migrate_seed', '{text,text}'),
    ('migrate_seed_run', '{text,text}'),
    ('migrate_seed_clear', '{text,text}'),
    ('migrate_reset', '{text,text}'),
    ('migrate_setting', '{text,text}');
-- Actions that answer rows of their own.
CREATE TEMP TABLE reports (name text, args text[]);
INSERT INTO reports VALUES
    ('migrate_dryrun', '{text,text}'),
    ('migrate_dryrun', '{bigint,text}');
CREATE TEMP TABLE procedures (name text, args text[]);
INSERT INTO procedures VALUES
    ('migrate_upgrade_online', '{text,text}'),
    ('migrate_upgrade_online', '{bigint,text}'),
    ('migrate_downgrade_online', '{text,text}'),
    ('migrate_downgrade_online', '{bigint,text}');
CREATE TEMP TABLE listings (name text, args text[]);
INSERT INTO listings VALUES
    ('migrate_current', '{}'),
    ('migrate_heads', '{}'),
    ('migrate_branches', '{}'),
    ('migrate_history', '{text}'),
    ('migrate_show', '{text}'),
    ('migrate_plan', '{text}'),
    ('migrate_plan', '{bigint}'),
    ('migrate_status', '{}'),
    ('migrate_log', '{}'),
    ('migrate_seed_list', '{}'),
    ('migrate_seed_show', '{text}'),
    ('migrate_progress', '{}');
CREATE TEMP TABLE plain (name text, args text[]);
INSERT INTO plain VALUES
    ('migrate_password_hash', '{text,text}'),
    ('migrate_password_verify', '{text,text}');

-- Every function is one of these, and each is there.
SELECT bag_eq(
    $$ SELECT p.proname::text, array(SELECT format_type(t, NULL)
           FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n) ORDER BY n)
       FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
       JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'migrate' $$,
    $$ TABLE actions UNION ALL TABLE reports UNION ALL TABLE procedures UNION ALL TABLE listings
       UNION ALL TABLE plain $$,
    'the extension has these functions and no others');
SELECT set_eq(
    $$ SELECT d.classid::regclass::text FROM pg_depend AS d
       JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'migrate'
       WHERE d.deptype = 'e' $$,
    ARRAY['pg_proc'], 'and nothing but functions');

SELECT function_returns(name, args, 'setof text') FROM actions ORDER BY name, args;
SELECT volatility_is(name, args, 'volatile') FROM (TABLE actions UNION ALL TABLE reports) AS f
    ORDER BY name, args;
SELECT volatility_is(name, args, 'stable') FROM listings ORDER BY name, args;
SELECT isnt_strict(name, args)
    FROM (TABLE actions UNION ALL TABLE reports UNION ALL TABLE listings) AS f
    ORDER BY name, args;
SELECT function_lang_is(name, args, 'c')
    FROM (TABLE actions UNION ALL TABLE reports UNION ALL TABLE listings) AS f
    ORDER BY name, args;
SELECT isnt_definer(name, args)
    FROM (TABLE actions UNION ALL TABLE reports UNION ALL TABLE listings) AS f
    ORDER BY name, args;
SELECT is_empty(
    $$ SELECT p.oid::regprocedure FROM pg_proc AS p
       JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
       JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'migrate'
       WHERE p.proname NOT LIKE 'migrate_password%' AND p.prokind = 'f' AND (p.proparallel <> 'u' OR NOT p.proretset)
       OR p.proconfig IS NOT NULL OR coalesce(obj_description(p.oid, 'pg_proc'), '') = '' $$,
    'each is parallel unsafe, without settings, a row source, and has a comment');

-- The procedures could not commit if they were otherwise.
SELECT is_procedure(name, args::name[]) FROM procedures ORDER BY name, args;
SELECT isnt_definer(name, args) FROM procedures ORDER BY name, args;

-- The functions for passwords are ordinary ones.
SELECT function_returns('migrate_password_hash', '{text,text}'::name[], 'text');
SELECT function_returns('migrate_password_verify', '{text,text}'::name[], 'boolean');
SELECT volatility_is('migrate_password_hash', '{text,text}'::name[], 'volatile');
SELECT volatility_is('migrate_password_verify', '{text,text}'::name[], 'stable');
SELECT isnt_strict('migrate_password_hash', '{text,text}'::name[]);
SELECT is_strict('migrate_password_verify', '{text,text}'::name[]);
SELECT is(p.proparallel, 's', p.proname || ' is parallel safe') FROM pg_proc AS p
    WHERE p.proname LIKE 'migrate_password%' ORDER BY p.proname;
SELECT function_lang_is(name, args, 'c') FROM plain ORDER BY name;
SELECT isnt_definer(name, args) FROM plain ORDER BY name;

-- Who may call.
CREATE ROLE tap_migrate_nobody;
CREATE ROLE tap_migrate_owner;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO tap_migrate_owner', current_database()); END $$;
SELECT function_privs_are(name, args, 'tap_migrate_nobody', '{}')
    FROM (TABLE actions UNION ALL TABLE reports) AS f ORDER BY name, args;
SELECT function_privs_are(name, args, 'tap_migrate_nobody', '{}') FROM procedures
    ORDER BY name, args;
SELECT function_privs_are(name, args, 'tap_migrate_nobody', '{EXECUTE}') FROM listings
    ORDER BY name, args;
SELECT function_privs_are(name, args, 'tap_migrate_nobody', '{EXECUTE}') FROM plain ORDER BY name;
SELECT is_empty(
    $$ SELECT name FROM (TABLE actions UNION ALL TABLE reports UNION ALL TABLE procedures) AS a
       WHERE NOT has_function_privilege('tap_migrate_owner',
           format('public.%I(%s)', name, array_to_string(args, ',')), 'EXECUTE WITH GRANT OPTION')
       AND current_setting('server_version_num')::int >= 140000 $$,
    'the owner of the database may call and grant every action');

-- Columns.
CREATE FUNCTION pg_temp.columns(f text, args text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_get_function_result(format('public.%I(%s)', f, args)::regprocedure)
$$;
SELECT is(pg_temp.columns(name, array_to_string(args, ',')),
    'TABLE(revision text, revises text, depends_on text, labels text, state text, flags text, '
    'message text, created text, applied_at text, source text)', name || ' columns')
    FROM listings WHERE name IN ('migrate_current', 'migrate_heads', 'migrate_branches',
    'migrate_history') ORDER BY name;
SELECT is(pg_temp.columns('migrate_show', 'text'),
    'TABLE(revision text, revises text, depends_on text, labels text, state text, flags text, '
    'message text, created text, applied_at text, source text, description text, script text)');
SELECT is(pg_temp.columns('migrate_plan', 'text'),
    'TABLE(step bigint, operation text, revision text, message text, statements bigint, '
    'transaction text, note text)');
SELECT is(pg_temp.columns('migrate_plan', 'bigint'), pg_temp.columns('migrate_plan', 'text'));
SELECT is(pg_temp.columns('migrate_status', ''),
    'TABLE(current text, heads text, applied bigint, pending bigint, changed bigint, '
    'missing bigint, last_run text)');
SELECT is(pg_temp.columns('migrate_log', ''),
    'TABLE(id bigint, at text, who text, action text, target text, revision text, '
    'duration_ms bigint, outcome text, detail text, sqlstate text, statement text)');

SELECT is(pg_temp.columns('migrate_progress', ''),
    'TABLE(pid integer, who text, action text, revision text, step bigint, steps bigint, '
    'remaining bigint, statement bigint, statements bigint, rows bigint, state text, '
    'blocked_by text, started text, since text, query text)');
SELECT is(pg_temp.columns('migrate_dryrun', 'text,text'),
    'TABLE(step bigint, operation text, revision text, source text, line bigint, statement text, '
    'milliseconds text, lock text, tables text, rewrite text, scan text, rows bigint, outcome text, '
    'note text)');
SELECT is(pg_temp.columns('migrate_dryrun', 'bigint,text'),
    pg_temp.columns('migrate_dryrun', 'text,text'));
SELECT is(pg_temp.columns('migrate_seed_list', ''),
    'TABLE(name text, profiles text, depends_on text, requires text, kind text, tables text, '
    'rows bigint, state text, last_run text)');
SELECT is(pg_temp.columns('migrate_seed_show', 'text'),
    'TABLE(table_name text, row_number bigint, line bigint, key text, state text, differs text)');

-- Argument names and defaults.
SELECT is(pg_get_function_arguments('public.migrate_dryrun(text, text)'::regprocedure),
    'target text DEFAULT NULL::text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_dryrun(bigint, text)'::regprocedure),
    'steps bigint, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_seed'::regproc),
    'profile text DEFAULT NULL::text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_seed_add'::regproc), 'seed text, name text');
SELECT is(pg_get_function_arguments('public.migrate_seed_run'::regproc),
    'name text, params text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_seed_clear'::regproc),
    'profile text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_reset'::regproc),
    'confirm text DEFAULT NULL::text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_setting'::regproc),
    'name text, value text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_password_hash'::regproc),
    'password text, scheme text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_merge'::regproc),
    'revisions text, message text DEFAULT NULL::text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_load'::regproc),
    'directory text, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_repair'::regproc),
    'id text, script text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_downgrade(bigint,text)'::regprocedure),
    'steps bigint, options text DEFAULT NULL::text');
SELECT is(pg_get_function_arguments('public.migrate_upgrade(text,text)'::regprocedure),
    'target text DEFAULT NULL::text, options text DEFAULT NULL::text');

-- The control file.
SELECT is(ARRAY[relocatable, superuser, trusted], ARRAY[false, true, false],
    'not relocatable, for superusers, not trusted')
    FROM pg_available_extension_versions WHERE name = 'migrate' AND installed;
SELECT is(schema, NULL::name, 'installs into any schema')
    FROM pg_available_extension_versions WHERE name = 'migrate' AND installed;
SELECT lives_ok('SELECT * FROM migrate_current()', 'works before the tables exist');
SELECT is(context, 'superuser', 'migrate.directory is an administrator''s')
    FROM pg_settings WHERE name = 'migrate.directory';
SELECT hasnt_schema('migrate');

SELECT * FROM finish();
DROP ROLE tap_migrate_nobody;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $$;
DROP ROLE tap_migrate_owner;
