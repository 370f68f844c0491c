-- How names are compared in any script. Used by the generated columns of clients and contacts and by
-- every search, so that both sides of a comparison are folded by the same code. IMMUTABLE: a change of
-- these functions needs a migration that rewrites the columns.

-- seraph_latin: Cyrillic and Greek letters written in Latin ones (ISO 9 in spirit, without diacritics).
CREATE OR REPLACE FUNCTION seraph_latin(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN translate(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    value, 'щ', 'shch'), 'ш', 'sh'), 'ч', 'ch'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ю', 'yu'), 'я', 'ya'),
    'є', 'ye'), 'ї', 'yi'), 'θ', 'th'), 'χ', 'ch'), 'ψ', 'ps'), 'ъ', ''), 'ь', ''), 'ў', 'u'),
  'абвгдеёзийклмнопрстуфыэіґђћљњџѓќѕјαβγδεζηικλμνξοπρσςτυφωάέήίόύώ',
  'abvgdeeziyklmnoprstufyeigdclndgksjavgdeziiklmnxoprsstyfoaeiioyo');

-- seraph_fold: lower case, no accents, Latin letters, digits and other scripts kept, one space between words.
CREATE OR REPLACE FUNCTION seraph_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN btrim(regexp_replace(
  public.unaccent('public.unaccent'::regdictionary, seraph_latin(lower(normalize(value, NFC)))),
  '[^[:alnum:]]+', ' ', 'g'));

-- seraph_sound: a folded text with the spellings of one sound made alike (Müller, Mueller; Юлия, Julia, Yuliya).
CREATE OR REPLACE FUNCTION seraph_sound(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(translate(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
  regexp_replace(regexp_replace(
    replace(replace(replace(replace(replace(folded, 'shch', 'sh'), 'sch', 'sh'), 'kh', 'h'), 'zh', 'j'), 'ph', 'f'),
    '[yij]([auoe])', '\1', 'g'), '[yij]+', 'i', 'g'),
    'ts', 'c'), 'tz', 'c'), 'ck', 'k'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'), 'ou', 'u'), 'ks', 'x'), 'th', 't'), 'gh', 'g'), 'ch', 'c'), 'sh', 's'),
  'wqz', 'vks'), '([a-z])\1+', '\1', 'g');

-- seraph_digits: the digits of all phones of a row, each phone between spaces.
CREATE OR REPLACE FUNCTION seraph_digits(phones text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(array_to_string(phones, ' '), '[^0-9 ]', '', 'g');

-- seraph_searchable: what a search looks in: the folded words, and their sounds where these differ.
CREATE OR REPLACE FUNCTION seraph_searchable(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN seraph_fold(value) || CASE WHEN seraph_sound(seraph_fold(value)) = seraph_fold(value) THEN '' ELSE ' | ' || seraph_sound(seraph_fold(value)) END;

-- seraph_joined: the folded parts of an e-mail, a site or a number, kept whole (no spaces put in).
CREATE OR REPLACE FUNCTION seraph_joined(emails text[], tax_number text, website text, external_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(array_to_string(emails, ' ') || ' ' || tax_number || ' ' || website || ' ' || external_id);
