-- What a form for a job asks for.

-- JSON: [{"name", "type", "required"}, …] as the newest program declared them; NULL if only older ones did.
ALTER TABLE {s}.kinds ADD COLUMN args text;
