CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- it's kept
  RETURN NEW;
END
$body$;
INSERT INTO t VALUES (E'a\n', 'line one
line two', U&'\0041', x'00ff', 1.5e-3, '{}'::jsonb, ARRAY[1, 2]);
