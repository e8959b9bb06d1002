-- the users
CREATE TABLE users (
  id integer PRIMARY KEY, /* key */
  name text NOT NULL
) ;
