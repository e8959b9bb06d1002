SELECT migrate_revision('One', '{"rev_id": "one"}');
SELECT migrate_revision('One', ' { "rev_id" : "one" , "splice" : false , "depends_on" : [ ] } ');
SELECT migrate_revision('One', '{"rev_id": "\u006f\u006ee"}');
SELECT migrate_revision('One', '{"rev_id": "one", "colour": "red"}');
SELECT migrate_revision('One', '{"rev_id": "one", "Head": "base"}');
SELECT migrate_revision('One', '{"rev_id": "one", "rev_id": "two"}');
SELECT migrate_revision('One', '{"rev_id": 1}');
SELECT migrate_revision('One', '{"rev_id": null}');
SELECT migrate_revision('One', '{"splice": "yes"}');
SELECT migrate_revision('One', '{"depends_on": 1}');
SELECT migrate_revision('One', '{"depends_on": [1]}');
SELECT migrate_revision('One', '{"rev_id": "one"');
SELECT migrate_revision('One', '{"rev_id": "one}');
SELECT migrate_revision('One', '{"rev_id": "one"} x');
SELECT migrate_revision('One', '{rev_id: "one"}');
SELECT migrate_revision('One', '{"rev_id" "one"}');
SELECT migrate_revision('One', '{"rev_id": }');
SELECT migrate_revision('One', '{"rev_id": "a\qb"}');
SELECT migrate_revision('One', '{
  "rev_id": "one",
  "rev id": "two"
}');
SELECT migrate_revision('One', 'rev_id=one');
SELECT migrate_revision('One', '["one"]');
-- Functions without options say so; nothing is as good as none.
SELECT migrate_upgrade('head', '{"force": true}');
SELECT migrate_upgrade('head', '{}');
SELECT migrate_upgrade('head', '');
SELECT migrate_upgrade('head', NULL);
SELECT migrate_upgrade(NULL, NULL);
SELECT migrate_downgrade('base', '{"force": true}');
SELECT migrate_stamp('base', '{"force": true}');
SELECT migrate_stamp('base', '{"purge": 1}');
SELECT migrate_merge('heads', NULL, '{"head": "base"}');
SELECT migrate_load('/', '{"force": true}');
