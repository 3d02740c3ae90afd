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

-- name: readings_on
-- Entries of the trail of some kinds about things that are somebody's, from a day and until one where that has an end,
-- the last first: what role and office, or which machine, never who. Codes of roles and offices are as they are today.
-- params: subjects, since, until, actions, before, page          index: ix_audit_object, ix_audit_about
SELECT t.id, t.at, t.action, t.object,
       ARRAY(SELECT n.name_vi FROM identity.account_role r JOIN identity.role n ON n.code = r.role_code
              WHERE r.account_id = t.account_id ORDER BY n.sort),
       ARRAY(SELECT n.name_en FROM identity.account_role r JOIN identity.role n ON n.code = r.role_code
              WHERE r.account_id = t.account_id ORDER BY n.sort),
       ARRAY(SELECT n.name_vi FROM identity.account_branch b JOIN identity.branch n ON n.id = b.branch_id
              WHERE b.account_id = t.account_id ORDER BY n.code),
       ARRAY(SELECT n.name_en FROM identity.account_branch b JOIN identity.branch n ON n.id = b.branch_id
              WHERE b.account_id = t.account_id ORDER BY n.code),
       c.name
  FROM (SELECT u.id, u.at, u.action, u.account_id, u.api_client_id, u.object
          FROM unnest(CAST(:subjects AS text[]), CAST(:since AS date[]), CAST(:until AS date[]))
            AS s (subject, since, until)
          JOIN identity.audit u ON u.object = s.subject
         WHERE u.id < CAST(:before AS bigint) AND u.action = ANY (CAST(:actions AS text[]))
           AND (s.since IS NULL OR CAST(u.at AS date) >= s.since)
           AND (s.until IS NULL OR CAST(u.at AS date) <= s.until)
         UNION
        SELECT u.id, u.at, u.action, u.account_id, u.api_client_id, u.object FROM identity.audit u
         WHERE u.details ? 'about' AND u.details -> 'about' ?| CAST(:subjects AS text[])
           AND u.id < CAST(:before AS bigint) AND u.action = ANY (CAST(:actions AS text[]))) t
  LEFT JOIN identity.api_client c ON c.id = t.api_client_id
 ORDER BY t.id DESC LIMIT CAST(:page AS integer) + 1;
