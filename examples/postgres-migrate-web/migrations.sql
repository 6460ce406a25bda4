-- Safe to run at every start.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'web') THEN CREATE ROLE web LOGIN; END IF;
END $$;
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS visits (at timestamptz NOT NULL DEFAULT now());
GRANT SELECT, INSERT ON visits TO web;
\echo migrated
