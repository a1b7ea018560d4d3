-- in: nothing
-- out: version of the schema, SQLite's version, journal_mode, synchronous, pages, free pages, size of a page, names of our indexes (JSON array)
SELECT (SELECT max(version) FROM {p}migrations), sqlite_version(),
       (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous),
       (SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count),
       (SELECT page_size FROM pragma_page_size),
       (SELECT json_group_array(name) FROM sqlite_master WHERE type = 'index')
