-- How names are compared in any script. Used by the generated columns of clients and contacts and by
-- every search, so that both sides of a comparison are folded by the same code. IMMUTABLE: a change of
-- these functions needs a migration that rewrites the columns.

-- seraph_latin: lower-case Cyrillic and Greek letters written in Latin ones (ISO 9 in spirit, without diacritics).
CREATE OR REPLACE FUNCTION seraph_latin(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN translate(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    value, 'щ', 'shch'), 'ш', 'sh'), 'ч', 'ch'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ю', 'yu'), 'я', 'ya'),
    'є', 'ye'), 'ї', 'yi'), 'θ', 'th'), 'χ', 'ch'), 'ψ', 'ps'), 'ου', 'ou'), 'ού', 'ou'),
  'абвгдеёзийклмнопрстуфыэіґўђћљњџѓќѕјәғқңөұүһαβγδεζηικλμνξοπρσςτυφωάέήίόύώϊϋΐΰьъ',
  'abvgdeeziyklmnoprstufyeigudclndgksjagknouuhavgdeziiklmnxoprsstyfoaeiioyoiyiy');

-- seraph_fold: lower case, no accents, Latin letters, digits and other scripts kept, one space between words.
-- Dots inside an abbreviation and the apostrophe of an Irish O’ join: S.A.R.L. is sarl, O’Riordan oriordan.
-- PL/pgSQL, so that a name of ASCII, or one without dots, costs only what it needs: an import folds each name five times.
CREATE OR REPLACE FUNCTION seraph_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  folded text := lower(value);
BEGIN
  IF octet_length(value) <> length(value) THEN
    folded := public.unaccent('public.unaccent'::regdictionary, public.seraph_latin(lower(normalize(value, NFC))));
  END IF;
  IF strpos(folded, '.') > 0 THEN
    folded := regexp_replace(folded, '\m([[:alnum:]])\.(?=[[:alnum:]](\.|\M))', '\1', 'g');
  END IF;
  IF strpos(folded, '''') + strpos(folded, '`') > 0 THEN
    folded := regexp_replace(folded, '\mo[''`](?=[a-z])', 'o', 'g');
  END IF;
  RETURN btrim(regexp_replace(folded, '[^[:alnum:]]+', ' ', 'g'));
END $$;

-- seraph_sound: a folded text with the spellings of one sound made alike (Müller, Mueller; Юлия, Julia, Yuliya;
-- Воронеж, Voroněž, Woronesch). Letters that languages read in different ways are merged, not guessed.
CREATE OR REPLACE FUNCTION seraph_sound(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(translate(regexp_replace(
  regexp_replace(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    replace(replace(replace(replace(replace(replace(replace(folded,
      'shch', 's'), 'chtch', 's'), 'sch', 's'), 'sh', 's'), 'tch', 'c'), 'kh', 'h'), 'zh', 'z'), 'ph', 'f'), 'th', 't'), 'gh', 'g'),
      'ch', 'c'), 'ts', 'c'), 'tz', 'c'), 'ck', 'k'), 'qu', 'kv'), 'ks', 'x'), 'cs', 'x'), 'ou', 'u'), 'ae', 'a'), 'oe', 'o'), 'ue', 'u'),
    '[yij]+(?=[aoeu])', '', 'g'), '[yij]+', 'i', 'g'),
  'off?\M', 'ov', 'g'), 'wqz', 'vks'), '([a-z])\1+', '\1', 'g');

-- seraph_core: a folded name without its legal form ("ooo romashka" is romashka); the whole where nothing else is left.
CREATE OR REPLACE FUNCTION seraph_core(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN coalesce(nullif(btrim(regexp_replace(folded,
  '\m(ooo|oao|zao|pao|nao|ao|ip|tov|fop|too|odo|chp|uk|obshchestvo s ogranichenn?oy otvetstvennostyu|aktsionernoe obshchestvo'
  '|individualnyy predprinimatel|sarl|eurl|sasu?|snc|sci|gie|sa|scop|societe a responsabilite limitee|societe anonyme'
  '|ltd|limited|llc|llp|lp|plc|inc|incorporated|corp|corporation|co|pty|gmbh|mbh|ag|kgaa|kg|ohg|ug|e k|ek|gbr|ev'
  '|sp z o ?o|spolka z o ?o|sp k|sp j|s r o|sro|spol|a s|k s|kft|zrt|nyrt|bt|oyj?|ab|hb|as|asa|aps|a s|nv|bv|vof|cv'
  '|srl|spa|snc|sl|slu|s l|s a|lda|eood|ood|ead|ad|doo|d o ?o|sia|uab|ou|ehf|hf|ae|epe|ike|oe|co ltd)\M', '', 'g')), ''), folded);

-- seraph_codes: the letters that are not Latin after folding (東, ا, ა) as their code points in hex. pg_trgm sees
-- words of ASCII alone where the database's LC_CTYPE is C; so every script is indexed, down to a single letter.
CREATE OR REPLACE FUNCTION seraph_codes(folded text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
  IF octet_length(folded) = length(folded) THEN
    RETURN folded;
  END IF;
  RETURN (SELECT string_agg(CASE WHEN ascii(letter) < 128 THEN letter ELSE to_hex(ascii(letter)) END, '' ORDER BY place)
          FROM regexp_split_to_table(folded, '') WITH ORDINALITY AS letters (letter, place));
END $$;

-- seraph_searchable: what a search looks in: the folded words, and their sounds where these differ. Each word stands
-- after a space, so that '% rom%' is "a word that begins with rom" and finds its trigrams in the index.
-- PL/pgSQL, because an inlined SQL function would fold the name four times.
CREATE OR REPLACE FUNCTION seraph_searchable(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
  folded text := public.seraph_codes(public.seraph_fold(value));
  sound text := public.seraph_sound(folded);
BEGIN
  RETURN ' ' || folded || CASE WHEN sound = folded THEN '' ELSE ' | ' || sound END;
END $$;

-- seraph_sortable: a text as lists sort by it; nothing comes last.
CREATE OR REPLACE FUNCTION seraph_sortable(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN coalesce(nullif(left(public.seraph_fold(value), 80), ''), U&'\+10FFFD');

-- seraph_core_name: the same without the legal form, for exact and beginning-of-name matches.
CREATE OR REPLACE FUNCTION seraph_core_name(short_name text, full_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN left(public.seraph_codes(public.seraph_core(public.seraph_fold(coalesce(nullif(short_name, ''), full_name)))), 80);

-- seraph_digits: the digits of all phones of a row, each phone between spaces.
CREATE OR REPLACE FUNCTION seraph_digits(phones text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(array_to_string(phones, ' '), '[^0-9 ]', '', 'g');

-- seraph_key: lower case, qq for @ and jj for a dot: pg_trgm sees letters and digits alone, so that "@example" would stand
-- for every address with an "example" somewhere, all of them to be read and thrown away.
CREATE OR REPLACE FUNCTION seraph_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN replace(replace(lower(value), '@', 'qq'), '.', 'jj');

-- seraph_joined: e-mails, tax number (as written and without its blanks and dashes), site and own id, as keys.
CREATE OR REPLACE FUNCTION seraph_joined(emails text[], tax_number text, website text, external_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN public.seraph_key(' ' || array_to_string(emails, ' ') || ' ' || regexp_replace(tax_number, '[^[:alnum:]]', '', 'g')
  || ' ' || website || ' ' || external_id || ' ' || regexp_replace(external_id, '[^[:alnum:]]', '', 'g'));
