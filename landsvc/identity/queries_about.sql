-- Statements about the trail of one person: who read what is known of them.

-- name: readings_about
-- Entries of the trail about somebody, the last first, by what the entry names or says it is about as well.
-- params: subject, before, page          index: ix_audit_object, ix_audit_about
SELECT t.id, t.at, t.action, coalesce(a.display_name, c.name), coalesce(a.login, c.client_id), t.object
  FROM (SELECT u.id, u.at, u.action, u.account_id, u.api_client_id, u.object FROM identity.audit u
         WHERE u.object = CAST(:subject AS text) AND u.id < CAST(:before AS bigint)
         UNION
        SELECT u.id, u.at, u.action, u.account_id, u.api_client_id, u.object FROM identity.audit u
         WHERE u.details ? 'about' AND u.details -> 'about' ? CAST(:subject AS text)
           AND u.id < CAST(:before AS bigint)) t
  LEFT JOIN identity.account a ON a.id = t.account_id
  LEFT JOIN identity.api_client c ON c.id = t.api_client_id
 ORDER BY t.id DESC LIMIT CAST(:page AS integer) + 1;
