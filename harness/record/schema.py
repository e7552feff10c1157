"""The tables of a run record, and their version: a record of another one is not read."""

VERSION = "5"
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (kind TEXT, key TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE contact (
    id TEXT PRIMARY KEY, stream TEXT NOT NULL, phase TEXT NOT NULL, due_s REAL NOT NULL,
    json TEXT NOT NULL
);
CREATE INDEX contact_in_order ON contact (stream, due_s);
CREATE INDEX contact_of_phase ON contact (stream, phase, due_s);
CREATE INDEX contact_again ON contact (stream, phase, json_extract(json, '$.why'))
    WHERE instr(json, '"why":');
CREATE TABLE call_figures (
    phase TEXT, id TEXT, queue TEXT NOT NULL, line TEXT NOT NULL, site TEXT NOT NULL, due_s REAL,
    lag_s REAL NOT NULL, fate INTEGER NOT NULL, wait_s REAL NOT NULL, site_wait_s REAL NOT NULL,
    setup_s REAL NOT NULL, ivr_s REAL NOT NULL, api BLOB NOT NULL, PRIMARY KEY (phase, due_s, id)
) WITHOUT ROWID;
CREATE INDEX cut_off ON call_figures (fate) WHERE fate = 4;
CREATE TABLE talk_figures (
    id TEXT PRIMARY KEY, ended_s REAL NOT NULL, queue TEXT NOT NULL, line TEXT NOT NULL,
    site TEXT NOT NULL, end INTEGER NOT NULL, talk_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX talk_by_end ON talk_figures (ended_s, id, queue, line, site, end, talk_s);
CREATE TABLE ticket_figures (
    phase TEXT, id TEXT, priority TEXT NOT NULL, due_s REAL, lag_s REAL NOT NULL,
    first_reply_s REAL NOT NULL, resolution_s REAL NOT NULL, api BLOB NOT NULL,
    PRIMARY KEY (phase, due_s, id)
) WITHOUT ROWID;
CREATE TABLE turn_figures (
    id TEXT, number INTEGER, at_s REAL NOT NULL, priority TEXT NOT NULL, turn INTEGER NOT NULL,
    until_s REAL NOT NULL, PRIMARY KEY (id, number)
) WITHOUT ROWID;
CREATE INDEX turn_in_order ON turn_figures (at_s, id, number, priority, turn, until_s);
CREATE TABLE series (source TEXT, position INTEGER, name TEXT NOT NULL, labels TEXT NOT NULL,
    PRIMARY KEY (source, position)) WITHOUT ROWID;
CREATE TABLE scrape (at_s REAL NOT NULL, source TEXT NOT NULL, ok INTEGER NOT NULL,
    border TEXT NOT NULL, row BLOB NOT NULL);
CREATE INDEX scrape_in_order ON scrape (source, at_s);
CREATE TABLE stored_ticket (site TEXT, reference TEXT, provider_id TEXT, comments INTEGER,
    reopened INTEGER, escalated INTEGER, customer TEXT, priority TEXT, subject TEXT,
    attachments INTEGER, PRIMARY KEY (site, reference, provider_id)) WITHOUT ROWID;
CREATE TABLE reread_ticket (reference TEXT PRIMARY KEY, told INTEGER NOT NULL, customer TEXT,
    priority TEXT, subject TEXT, attachments INTEGER) WITHOUT ROWID;
"""
