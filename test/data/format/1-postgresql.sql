--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: migrate; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA migrate;


--
-- Name: migrate; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS migrate WITH SCHEMA public;


--
-- Name: EXTENSION migrate; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION migrate IS 'database migrations: revisions, upgrade, downgrade, history';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: applied; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.applied (
    target text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    revision text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    applied_at text NOT NULL COLLATE pg_catalog."C",
    stamped bigint NOT NULL,
    ran_checksum text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: log; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.log (
    target text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    id bigint NOT NULL,
    at text NOT NULL COLLATE pg_catalog."C",
    who text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    revision text NOT NULL COLLATE pg_catalog."C",
    duration_ms bigint,
    outcome text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: meta; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.meta (
    key text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: revision; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.revision (
    revision text NOT NULL COLLATE pg_catalog."C",
    revises text NOT NULL COLLATE pg_catalog."C",
    depends_on text NOT NULL COLLATE pg_catalog."C",
    labels text NOT NULL COLLATE pg_catalog."C",
    message text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    created text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    directory text NOT NULL COLLATE pg_catalog."C",
    file_stamp text NOT NULL COLLATE pg_catalog."C",
    up_checksum text NOT NULL COLLATE pg_catalog."C",
    down_checksum text NOT NULL COLLATE pg_catalog."C",
    script_hash text NOT NULL COLLATE pg_catalog."C",
    up_facts text NOT NULL COLLATE pg_catalog."C",
    down_facts text NOT NULL COLLATE pg_catalog."C",
    size bigint NOT NULL,
    first_line bigint NOT NULL,
    missing bigint NOT NULL
);


--
-- Name: script; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.script (
    revision text NOT NULL COLLATE pg_catalog."C",
    script text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: seed; Type: TABLE; Schema: migrate; Owner: -
--

CREATE TABLE migrate.seed (
    target text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    format text NOT NULL COLLATE pg_catalog."C",
    header text NOT NULL COLLATE pg_catalog."C",
    by_name bigint NOT NULL,
    tables text NOT NULL COLLATE pg_catalog."C",
    rows bigint,
    source text NOT NULL COLLATE pg_catalog."C",
    directory text NOT NULL COLLATE pg_catalog."C",
    file_stamp text NOT NULL COLLATE pg_catalog."C",
    header_stamp text NOT NULL COLLATE pg_catalog."C",
    checksum text NOT NULL COLLATE pg_catalog."C",
    ran_checksum text NOT NULL COLLATE pg_catalog."C",
    ran_at text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: bikes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.bikes (
    id integer NOT NULL,
    rider integer
);


--
-- Name: riders; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.riders (
    id integer NOT NULL,
    email text
);


--
-- Data for Name: applied; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.applied (target, revision, seq, applied_at, stamped, ran_checksum) FROM stdin;
	f001	1	2026-11-21T18:50:49Z	0	m1:c1640a63de8965463ed6d0a5b868d5b46546dfc01c42b28cd132b93fa43d1744 m1:6f1960a1e40bea76bfc9ce8dbe0e2f7e304cb801cc7495c1afa98163ce1bb9f4
	f002	2	2026-11-21T18:50:49Z	0	m1:70d32d113a734bfe0bc8929aea7cde73eeea346bae7ea33f1dcfe03abdc50cc1
\.


--
-- Data for Name: log; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.log (target, id, at, who, action, revision, duration_ms, outcome, detail) FROM stdin;
	1	2026-11-21T18:50:49Z	postgres	upgrade	f001	6	ok	
	2	2026-11-21T18:50:49Z	postgres	upgrade	f002	6	ok	
	3	2026-11-21T18:50:49Z	postgres	seed	bikes	0	ok	2 inserted, 0 updated, 0 unchanged, 0 removed
	4	2026-11-21T18:50:49Z	postgres	upgrade	f003	6	failed	23505 could not create unique index "riders_email", at depot.sql:32: CREATE UNIQUE INDEX riders_email ON riders (email)
\.


--
-- Data for Name: meta; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.meta (key, value) FROM stdin;
format	1
environment	production
environment_of	7710699157749975034/depot
default_profile	demo
\.


--
-- Data for Name: revision; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.revision (revision, revises, depends_on, labels, message, description, created, source, directory, file_stamp, up_checksum, down_checksum, script_hash, up_facts, down_facts, size, first_line, missing) FROM stdin;
f001				Create riders			depot.sql			m1:c1640a63de8965463ed6d0a5b868d5b46546dfc01c42b28cd132b93fa43d1744 m1:6f1960a1e40bea76bfc9ce8dbe0e2f7e304cb801cc7495c1afa98163ce1bb9f4	m1:b8cdf345475db8811c412a517cb90ed684b0638f7225cf3cd5984f15bcd185a0	3003c3f2bf36765e72b2d045e8da3b4eb87f0349862ef559a6a5b4e9e3c0d612	s=2	s=1\ndrop table\triders	287	1	0
f002	f001		fleet	Create bikes			depot.sql			m1:70d32d113a734bfe0bc8929aea7cde73eeea346bae7ea33f1dcfe03abdc50cc1	m1:c019e7ae42bc7e3c0ed9675d2c75f7ea5845b578df496c3d0b22d25ce025137d	82f51814651606ddf2ef5086c0a18850b1de9921b1305687dd30d55b85384ce9	s=2	s=1\ndrop table\tbikes	257	14	0
f003	f002			One rider an address			depot.sql			m1:d4960b2ad755659fa69ff807fa1149c3a893fc09c1db5517ea2cdc6b9145a4c5	m1:ddc42d5d2c7455d1b5d0d9e223dbb1f55152413e258508b15e6c489e4a478e36	d879ad95e12d309a90db621f08280e5e43b80921acfb2af6961a62b1b0aeb64b	s=1	s=1	174	26	0
f004	f003			Forget the bikes			depot.sql			m1:aa20f1d9f209e601c35942e76e3e531b3b9a82d6d05fc8904c25225a75efd15d	-	56bb92f95e3889fa95c3948fcf42751a7594e97aef3d7928d92841c636c38ffa	s=2\ndrop table\tbikes\ndrop column\triders\temail		131	36	0
\.


--
-- Data for Name: script; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.script (revision, script) FROM stdin;
f001	-- Create riders\n--\n-- Revision ID: f001\n-- Revises:\n\n-- migrate:up\nCREATE TABLE riders (id integer PRIMARY KEY, email text);\nINSERT INTO riders VALUES (1, 'ada@example.org'), (2, 'ada@example.org');\n-- migrate:verify\nSELECT count(*) = 2 FROM riders;\n-- migrate:down\nDROP TABLE riders;\n\n
f002	-- Create bikes\n--\n-- Revision ID: f002\n-- Revises: f001\n-- Branch Labels: fleet\n\n-- migrate:up\nCREATE TABLE bikes (id integer PRIMARY KEY, rider integer REFERENCES riders (id));\nCREATE INDEX bikes_rider ON bikes (rider);\n-- migrate:down\nDROP TABLE bikes;\n\n
f003	-- One rider an address\n--\n-- Revision ID: f003\n-- Revises: f002\n\n-- migrate:up\nCREATE UNIQUE INDEX riders_email ON riders (email);\n-- migrate:down\nDROP INDEX riders_email;\n\n
f004	-- Forget the bikes\n--\n-- Revision ID: f004\n-- Revises: f003\n\n-- migrate:up\nDROP TABLE bikes;\nALTER TABLE riders DROP COLUMN email;
\.


--
-- Data for Name: seed; Type: TABLE DATA; Schema: migrate; Owner: -
--

COPY migrate.seed (target, name, format, header, by_name, tables, rows, source, directory, file_stamp, header_stamp, checksum, ran_checksum, ran_at, body) FROM stdin;
	bikes	yaml		0	bikes	2	bikes.yaml				c0fe74069c0d172e81dd873bba072cc37ae5ab1ec58113cdc3f71935394cc6b2	c0fe74069c0d172e81dd873bba072cc37ae5ab1ec58113cdc3f71935394cc6b2	2026-11-21T18:50:49Z	bikes: [{id: 1, rider: 1}, {id: 2, rider: 2}]
\.


--
-- Data for Name: bikes; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.bikes (id, rider) FROM stdin;
1	1
2	2
\.


--
-- Data for Name: riders; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.riders (id, email) FROM stdin;
1	ada@example.org
2	ada@example.org
\.


--
-- Name: applied applied_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.applied
    ADD CONSTRAINT applied_pkey PRIMARY KEY (target, revision);


--
-- Name: log log_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (target, id);


--
-- Name: meta meta_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);


--
-- Name: revision revision_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.revision
    ADD CONSTRAINT revision_pkey PRIMARY KEY (revision);


--
-- Name: script script_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.script
    ADD CONSTRAINT script_pkey PRIMARY KEY (revision);


--
-- Name: seed seed_pkey; Type: CONSTRAINT; Schema: migrate; Owner: -
--

ALTER TABLE ONLY migrate.seed
    ADD CONSTRAINT seed_pkey PRIMARY KEY (target, name);


--
-- Name: bikes bikes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bikes
    ADD CONSTRAINT bikes_pkey PRIMARY KEY (id);


--
-- Name: riders riders_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.riders
    ADD CONSTRAINT riders_pkey PRIMARY KEY (id);


--
-- Name: bikes_rider; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX bikes_rider ON public.bikes USING btree (rider);


--
-- Name: bikes bikes_rider_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.bikes
    ADD CONSTRAINT bikes_rider_fkey FOREIGN KEY (rider) REFERENCES public.riders(id);


--
-- PostgreSQL database dump complete
--


