-- One page of what happened with a client, newest first: its touches, and every change of its row, of its
-- contacts and of its touches with the values before and after, and of clients and contacts those of today (triggers keep the row as it was before; what
-- came after stands in the next event, or in the row of today).
-- Other apps add branches of their own (clients/timeline.py).
-- Serves the timeline of the card and the page of history (clients/history.py). Indexes: touch_timeline, and those
-- of the event tables on pgh_obj_id and client_id, that of merges on survivor_id, and that of confirmations on client_id
-- (those that came with a touch are told by the touch). Each branch stops at the page's length.
-- Keyset: (at, rank, id), all descending.
WITH page AS (
  SELECT * FROM (
    (SELECT f.at AS at, 11 AS rank, f.id FROM clients_factconfirmation f
      WHERE f.client_id = %(client)s AND 11 = ANY(%(ranks)s) AND f.touch_id IS NULL AND (f.at, 11, f.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY f.at DESC, f.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT m.undone_at, 10, m.id FROM clients_clientmerge m
      WHERE m.survivor_id = %(client)s AND 10 = ANY(%(ranks)s) AND (m.undone_at, 10, m.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY m.undone_at DESC, m.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT m.at, 9, m.id FROM clients_clientmerge m
      WHERE m.survivor_id = %(client)s AND 9 = ANY(%(ranks)s) AND (m.at, 9, m.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY m.at DESC, m.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT t.at, 8, t.id FROM clients_touch t
      WHERE t.client_id = %(client)s AND 8 = ANY(%(ranks)s) AND t.at <= %(at)s AND (t.at, 8, t.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY t.at DESC, t.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT e.pgh_created_at, 7, e.pgh_id FROM clients_clientevent e
      WHERE e.pgh_obj_id = %(client)s AND 7 = ANY(%(ranks)s) AND (e.pgh_created_at, 7, e.pgh_id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT e.pgh_created_at, 6, e.pgh_id FROM clients_contactevent e
      WHERE e.client_id = %(client)s AND 6 = ANY(%(ranks)s) AND (e.pgh_created_at, 6, e.pgh_id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT e.pgh_created_at, 5, e.pgh_id FROM clients_touchevent e
      WHERE e.client_id = %(client)s AND 5 = ANY(%(ranks)s) AND (e.pgh_created_at, 5, e.pgh_id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT k.created_at, 4, k.id FROM clients_contact k
      WHERE k.client_id = %(client)s AND 4 = ANY(%(ranks)s) AND (k.created_at, 4, k.id) < (%(at)s, %(rank)s, %(id)s)
        AND k.created_at > (SELECT c.created_at + interval '5 seconds' FROM clients_client c WHERE c.id = %(client)s)
      ORDER BY k.created_at DESC, k.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT e.created_at, 3, e.pgh_id FROM clients_contactevent e
      WHERE e.client_id = %(client)s AND 3 = ANY(%(ranks)s) AND e.pgh_label = 'removed'
        AND (e.created_at, 3, e.pgh_id) < (%(at)s, %(rank)s, %(id)s)
        AND e.created_at > (SELECT c.created_at + interval '5 seconds' FROM clients_client c WHERE c.id = %(client)s)
      ORDER BY e.created_at DESC, e.pgh_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT w.created_at, 2, w.id FROM clients_waiver w
      WHERE w.client_id = %(client)s AND 2 = ANY(%(ranks)s) AND (w.created_at, 2, w.id) < (%(at)s, %(rank)s, %(id)s)
      ORDER BY w.created_at DESC, w.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT c.created_at, 1, c.id FROM clients_client c
      WHERE c.id = %(client)s AND 1 = ANY(%(ranks)s) AND (c.created_at, 1, c.id) < (%(at)s, %(rank)s, %(id)s))
    -- pages of other apps
  ) found
  ORDER BY at DESC, rank DESC, id DESC
  LIMIT %(limit)s
)
SELECT page.at, page.rank, page.id, detail.label, detail.name, detail.facts, who.id, who.full_name, detail.object_id
FROM page
LEFT JOIN LATERAL (
  SELECT '' AS label, COALESCE(NULLIF(o.short_name, ''), o.full_name) AS name, jsonb_build_object('other', o.id) AS facts,
    CASE WHEN page.rank = 10 THEN m.undone_by_id ELSE m.by_id END AS user_id, NULL::uuid AS context_id, NULL::bigint AS object_id
    FROM clients_clientmerge m JOIN clients_client o ON o.id = m.other_id
    WHERE page.rank IN (9, 10) AND m.id = page.id
  UNION ALL
  SELECT '', COALESCE(k.full_name, was.full_name, ''), to_jsonb(t), t.user_id, NULL, NULL
    FROM clients_touch t
    LEFT JOIN clients_contact k ON k.id = t.contact_id
    LEFT JOIN LATERAL (  -- the contact was removed since: its name stands in the history
      SELECT ke.full_name FROM clients_touchevent te JOIN clients_contactevent ke ON ke.pgh_obj_id = te.contact_id AND ke.pgh_label = 'removed'
      WHERE t.contact_id IS NULL AND te.pgh_obj_id = t.id ORDER BY te.pgh_id DESC, ke.pgh_id DESC LIMIT 1) was ON TRUE
    WHERE page.rank = 8 AND t.id = page.id
  UNION ALL
  SELECT e.pgh_label, '', (
      SELECT jsonb_object_agg(b.key, jsonb_build_array(b.value, a.row -> b.key, today.row -> b.key)) FROM jsonb_each(to_jsonb(e)) b
      WHERE NOT starts_with(b.key, 'pgh_') AND a.row -> b.key IS DISTINCT FROM b.value), NULL, e.pgh_context_id, NULL
    FROM clients_clientevent e
    CROSS JOIN LATERAL (SELECT (SELECT to_jsonb(c) FROM clients_client c WHERE c.id = e.pgh_obj_id) AS row) today
    CROSS JOIN LATERAL (SELECT COALESCE(
      (SELECT to_jsonb(n) FROM clients_clientevent n WHERE n.pgh_obj_id = e.pgh_obj_id AND n.pgh_id > e.pgh_id ORDER BY n.pgh_id LIMIT 1),
      today.row) AS row) a
    WHERE page.rank = 7 AND e.pgh_id = page.id
  UNION ALL
  SELECT e.pgh_label, e.full_name, CASE WHEN e.pgh_label = 'removed' THEN to_jsonb(e) ELSE (
      SELECT jsonb_object_agg(b.key, jsonb_build_array(b.value, a.row -> b.key, today.row -> b.key)) FROM jsonb_each(to_jsonb(e)) b
      WHERE NOT starts_with(b.key, 'pgh_') AND a.row -> b.key IS DISTINCT FROM b.value) END, NULL, e.pgh_context_id, e.pgh_obj_id
    FROM clients_contactevent e
    CROSS JOIN LATERAL (SELECT (SELECT to_jsonb(k) FROM clients_contact k WHERE k.id = e.pgh_obj_id) AS row) today
    CROSS JOIN LATERAL (SELECT COALESCE(
      (SELECT to_jsonb(n) FROM clients_contactevent n WHERE n.pgh_obj_id = e.pgh_obj_id AND n.pgh_id > e.pgh_id ORDER BY n.pgh_id LIMIT 1),
      today.row) AS row) a
    WHERE page.rank = 6 AND e.pgh_id = page.id
  UNION ALL
  SELECT e.pgh_label, '', CASE WHEN e.pgh_label = 'removed' THEN to_jsonb(e) ELSE (
      SELECT jsonb_object_agg(b.key, jsonb_build_array(b.value, a.row -> b.key)) FROM jsonb_each(to_jsonb(e)) b
      WHERE NOT starts_with(b.key, 'pgh_') AND a.row -> b.key IS DISTINCT FROM b.value) END, NULL, e.pgh_context_id, NULL
    FROM clients_touchevent e
    CROSS JOIN LATERAL (SELECT COALESCE(
      (SELECT to_jsonb(n) FROM clients_touchevent n WHERE n.pgh_obj_id = e.pgh_obj_id AND n.pgh_id > e.pgh_id ORDER BY n.pgh_id LIMIT 1),
      (SELECT to_jsonb(t) FROM clients_touch t WHERE t.id = e.pgh_obj_id)) AS row) a
    WHERE page.rank = 5 AND e.pgh_id = page.id
  UNION ALL
  SELECT '', k.full_name, NULL, k.created_by_id, NULL, k.id FROM clients_contact k WHERE page.rank = 4 AND k.id = page.id
  UNION ALL
  SELECT '', e.full_name, NULL, e.created_by_id, NULL, e.pgh_obj_id FROM clients_contactevent e WHERE page.rank = 3 AND e.pgh_id = page.id
  UNION ALL
  SELECT w.fact, w.reason, to_jsonb(w), w.granted_by_id, NULL, NULL FROM clients_waiver w WHERE page.rank = 2 AND w.id = page.id
  UNION ALL
  SELECT f.fact, '', NULL, f.user_id, NULL, NULL FROM clients_factconfirmation f WHERE page.rank = 11 AND f.id = page.id
  UNION ALL
  SELECT '', '', (  -- why it was entered although it looked like others: of a pair, the one with the higher id came second
      SELECT jsonb_build_object('reason', min(p.reason), 'alike', jsonb_agg(p.first_id ORDER BY p.score DESC, p.first_id))
      FROM clients_duplicatepair p WHERE p.second_id = c.id AND p.reason <> '' HAVING count(*) > 0), c.created_by_id, NULL, NULL
    FROM clients_client c WHERE page.rank = 1 AND c.id = page.id
  -- details of other apps
) detail ON TRUE
LEFT JOIN pghistory_context context ON context.id = detail.context_id
LEFT JOIN accounts_user who ON who.id = COALESCE(detail.user_id, (context.metadata ->> 'user')::bigint)
ORDER BY page.at DESC, page.rank DESC, page.id DESC
