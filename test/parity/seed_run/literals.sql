-- Param: a text required
-- Param: b integer required
-- seed:apply
INSERT INTO users (name, role, level) VALUES ('literal :a', ':b', :b); -- :a
/* :nobody */ INSERT INTO users (name, role, level)
    SELECT 'literal ''' || :a || '''', ' :a" $1 ?1 ', :b+:b WHERE ':a' <> :a;
-- seed:apply engine:postgresql
INSERT INTO users (name, role, level) SELECT 'literal cast', $x$:a $1$x$, :b::text::integer + ARRAY_LENGTH((ARRAY[1, 2, 3])[1:2], 1);
-- seed:apply engine:sqlite
INSERT INTO users (name, role, level) SELECT 'literal cast', ':a $1', CAST(:b AS text) + 2 AS ":a" FROM (SELECT 1 AS [:b]);
