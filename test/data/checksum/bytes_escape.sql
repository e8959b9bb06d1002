INSERT INTO t VALUES (E'it\'s');

