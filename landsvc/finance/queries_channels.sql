-- name: put_channels
-- Add the channels that the database lacks (a JSON array); what is there stays as a province has it.
-- params: rows    index: pk_channel
INSERT INTO finance.channel (code, name_vi, name_en, kind, is_active)
SELECT r.code, r.name_vi, r.name_en, r.kind, r.is_active
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, kind text,
       is_active boolean)
ON CONFLICT (code) DO NOTHING;
