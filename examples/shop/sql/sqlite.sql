CREATE TABLE IF NOT EXISTS shop_users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, welcomed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS shop_orders (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, cents INTEGER NOT NULL, card TEXT NOT NULL, receipt TEXT
);
CREATE TABLE IF NOT EXISTS shop_imports (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, content TEXT NOT NULL, total INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
    ended TEXT
);
-- A row has its line in the file as its key: a page that is read twice is stored once.
CREATE TABLE IF NOT EXISTS shop_products (
    import_id INTEGER NOT NULL, line INTEGER NOT NULL, name TEXT NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY (import_id, line)
);
CREATE TABLE IF NOT EXISTS shop_reports (day TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shop_metrics (day TEXT PRIMARY KEY, users INTEGER NOT NULL, orders INTEGER NOT NULL, cents INTEGER NOT NULL);
