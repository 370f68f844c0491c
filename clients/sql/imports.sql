-- What the importer compares rows with clients by. IMMUTABLE: indexes stand on these.

-- seraph_lower: e-mails in lower case (index client_emails).
CREATE OR REPLACE FUNCTION seraph_lower(mails text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT lower(mail) FROM unnest(mails) AS mail);

-- seraph_named_phones: each phone together with the core name (index client_phone_and_name). Apart they would say
-- little: a switchboard belongs to many, and so does a common name.
CREATE OR REPLACE FUNCTION seraph_named_phones(phones text[], core_name text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(SELECT phone || ' ' || core_name FROM unnest(phones) AS phone);
