-- A role and a database for Plumbline on PostgreSQL 14 or newer. As a superuser, once:
--   psql --set=password="$(openssl rand -hex 24)" --file=docs/recipes/postgresql.sql
-- then PLUMBLINE_DATABASE_URL=postgresql://plumbline:<that password>@127.0.0.1:5432/plumbline
\set ON_ERROR_STOP on
create role plumbline login nosuperuser nocreatedb nocreaterole password :'password' connection limit 80;
create database plumbline owner plumbline encoding 'UTF8' template template0;
revoke all on database plumbline from public;
-- what every session of ours asks for anyway, for sessions of others with this role
alter role plumbline set synchronous_commit = 'on';
alter role plumbline set default_transaction_isolation = 'read committed';
alter role plumbline set timezone = 'UTC';
alter role plumbline set idle_in_transaction_session_timeout = '60s';
