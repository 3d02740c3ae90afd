"""Keep who may be told what of the register, what that costs, and the signed replies that were given."""

from __future__ import annotations

from alembic import op

revision = "0069_supply_data"
down_revision = "0068_hold_rights_to_their_land"

RULES = """
CREATE TABLE registry.supply_asker (
  code      text NOT NULL,
  valid     daterange NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  proof     text NOT NULL,
  bare      text[] NOT NULL,
  sees      text[] NOT NULL,
  fee_free  boolean NOT NULL,
  law       text NOT NULL,
  certainty text NOT NULL,
  sort      smallint NOT NULL,
  CONSTRAINT pk_supply_asker PRIMARY KEY (code, valid),
  CONSTRAINT ck_supply_asker_proof CHECK (proof IN ('none', 'own', 'consent', 'transaction', 'document')),
  CONSTRAINT ck_supply_asker_parts CHECK (bare <@ sees AND sees <@
    '{land,planning,certificates,rights,holders,numbers,encumbrances,blocks,dossiers}'),
  CONSTRAINT ck_supply_asker_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_supply_asker_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.supply_asker IS
  'Đối tượng yêu cầu cung cấp dữ liệu: what each kind may learn, with what it has to prove and without';
CREATE TABLE registry.supply_fee (
  code       text NOT NULL,
  valid      daterange NOT NULL,
  name_vi    text NOT NULL,
  name_en    text NOT NULL,
  per        text NOT NULL,
  amount_vnd bigint NOT NULL,
  source     text NOT NULL,
  certainty  text NOT NULL,
  sort       smallint NOT NULL,
  CONSTRAINT pk_supply_fee PRIMARY KEY (code, valid),
  CONSTRAINT ck_supply_fee_per CHECK (per IN ('request', 'parcel') AND amount_vnd >= 0),
  CONSTRAINT ck_supply_fee_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_supply_fee_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.supply_fee IS
  'Phí cung cấp dữ liệu đất đai: đồng for each request, or for each parcel after the first';
"""

REPLIES = """
CREATE TABLE registry.data_supply (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  dossier_id    bigint NOT NULL,
  record_id     bigint NOT NULL,
  verify_id     text NOT NULL,
  asker         text NOT NULL,
  known_at      timestamptz NOT NULL,
  units         bigint[] NOT NULL,
  parts         text[] NOT NULL,
  parties       text[] NOT NULL,
  answer_sha256 text NOT NULL,
  file_sha256   text NOT NULL,
  size_bytes    bigint NOT NULL,
  authority     text NOT NULL,
  signer        text NOT NULL,
  fee_vnd       bigint NOT NULL,
  account_id    bigint NOT NULL,
  account_name  text NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_data_supply PRIMARY KEY (id),
  CONSTRAINT uq_data_supply_dossier_id UNIQUE (dossier_id),
  CONSTRAINT uq_data_supply_verify_id UNIQUE (verify_id),
  CONSTRAINT fk_data_supply_dossier_id FOREIGN KEY (dossier_id) REFERENCES registry.dossier,
  CONSTRAINT fk_data_supply_record_id FOREIGN KEY (record_id) REFERENCES cadastre.record,
  CONSTRAINT ck_data_supply_digests CHECK (answer_sha256 ~ '^[0-9a-f]{64}$' AND file_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ck_data_supply_fee CHECK (fee_vnd >= 0)
);
COMMENT ON TABLE registry.data_supply IS
  'Phiếu cung cấp dữ liệu đất đai đã ký số: digests of the answer and of the signed file in the folder of documents';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.data_supply
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
ALTER TABLE registry.data_supply ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.data_supply FOR SELECT USING (true);
CREATE POLICY add_in_the_area ON registry.data_supply FOR INSERT TO landsvc_editor
  WITH CHECK (cadastre.require_area((SELECT d.commune_code FROM registry.dossier d WHERE d.id = dossier_id)));
"""

# With their owner's rights: the role of strangers reads no table of the registry, so this is all they can learn.
OUTSIDE = """
CREATE FUNCTION registry.verify_supply(asked text)
RETURNS TABLE (dossier_end text, known_at timestamptz, at timestamptz, authority text, parcels text[],
               answer_sha256 text, file_sha256 text, unchanged boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT right(d.code, 9), s.known_at, s.at, s.authority,
         ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM cadastre.unit_name n
                WHERE n.unit_id = ANY (s.units) ORDER BY n.unit_id),
         s.answer_sha256, s.file_sha256,
         NOT (EXISTS (SELECT FROM cadastre.parcel_version v
                       WHERE v.unit_id = ANY (s.units) AND (lower(v.recorded) > s.known_at
                          OR upper(v.recorded) > s.known_at AND NOT upper_inf(v.recorded)))
           OR EXISTS (SELECT FROM registry.ba_unit_parcel q
                        JOIN registry.rrr r ON r.ba_unit_id = q.ba_unit_id
                        JOIN registry.rrr_version v ON v.rrr_id = r.id
                       WHERE q.unit_id = ANY (s.units) AND (lower(v.recorded) > s.known_at
                          OR upper(v.recorded) > s.known_at AND NOT upper_inf(v.recorded)))
           OR EXISTS (SELECT FROM registry.block b JOIN registry.block_span p ON p.block_id = b.id
                       WHERE b.unit_id = ANY (s.units) AND (lower(p.recorded) > s.known_at
                          OR upper(p.recorded) > s.known_at AND NOT upper_inf(p.recorded))))
    FROM registry.data_supply s JOIN registry.dossier d ON d.id = s.dossier_id
   WHERE s.verify_id = $1
$$;
COMMENT ON FUNCTION registry.verify_supply(text) IS
  'What anybody may know of a reply by the code of its QR: no name, nothing of what it says';

CREATE FUNCTION registry.take_supply(wanted text, key text)
RETURNS TABLE (answer_sha256 text, file_sha256 text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  kept record;
BEGIN
  SELECT s.answer_sha256 AS answer, s.file_sha256 AS file, s.parties INTO kept
    FROM registry.data_supply s
    JOIN registry.dossier d ON d.id = s.dossier_id AND d.state IN ('READY', 'RETURNED')
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = key
   WHERE d.code = wanted;
  IF FOUND THEN
    -- Whoever holds the receipt is nobody with an account; that it was taken is known all the same.
    INSERT INTO identity.audit (action, object, details)
    VALUES ('reply.taken', 'dossier:' || wanted, jsonb_build_object('file', kept.file, 'about',
      ARRAY(SELECT 'party:' || p FROM unnest(kept.parties) p)));
    RETURN QUERY SELECT kept.answer, kept.file;
  END IF;
END $$;
COMMENT ON FUNCTION registry.take_supply(text, text) IS
  'The digests of a reply that is ready, for whoever knows the dossier and the secret of its receipt; it is traced';

CREATE FUNCTION registry.supply_ready(asked text, given text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM registry.data_supply s
    JOIN registry.dossier d ON d.id = s.dossier_id AND d.state IN ('READY', 'RETURNED')
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
   WHERE d.code = $1)
$$;
COMMENT ON FUNCTION registry.supply_ready(text, text) IS
  'Whether a dossier has a reply to be taken, for whoever knows it and the secret of its receipt';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.verify_supply(text), registry.take_supply(text, text),
  registry.supply_ready(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.verify_supply(text), registry.take_supply(text, text),
  registry.supply_ready(text, text) TO landsvc_tracker;
GRANT SELECT ON registry.supply_asker, registry.supply_fee TO landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE, DELETE ON registry.supply_asker, registry.supply_fee TO landsvc_import;
GRANT SELECT, INSERT ON registry.data_supply TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (RULES, REPLIES, OUTSIDE, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        DROP FUNCTION registry.supply_ready(text, text);
        DROP FUNCTION registry.take_supply(text, text);
        DROP FUNCTION registry.verify_supply(text);
        DROP TABLE registry.data_supply, registry.supply_fee, registry.supply_asker;
        """
    )
