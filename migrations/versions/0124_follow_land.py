"""Let people follow a parcel of theirs, or plans around a place; tell that a plan was told otherwise."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0124_follow_land"
down_revision = "0123_send_messages"

PLANS = """
-- One event for a plan in a transaction; the instant of recording leads to the zones it touched.
CREATE FUNCTION planning.tell_plan() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO core.outbox (topic, key, payload)
  SELECT 'plan.changed', f.plan_id::text, jsonb_build_object('at', cadastre.recorded_now())
    FROM (SELECT DISTINCT n.plan_id FROM fresh n) f
   WHERE NOT EXISTS (SELECT FROM core.outbox o WHERE o.xact = pg_current_xact_id() AND o.topic = 'plan.changed'
                        AND o.key = f.plan_id::text);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION planning.tell_plan() IS 'Tell whoever listens that a plan or its zones are told otherwise';
REVOKE EXECUTE ON FUNCTION planning.tell_plan() FROM PUBLIC;
""" + "".join(
    f"CREATE TRIGGER t90_told_{event.lower()} AFTER {event} ON planning.{table} REFERENCING NEW TABLE AS fresh\n"
    "  FOR EACH STATEMENT EXECUTE FUNCTION planning.tell_plan();\n"
    for table in ("plan_version", "zone")
    for event in ("INSERT", "UPDATE")
)

TABLES = """
CREATE TABLE registry.alert (
  id            uuid NOT NULL,
  about         text NOT NULL,
  unit_id       bigint,
  party_id      bigint,
  channel       text NOT NULL,
  language      text NOT NULL,
  address       bytea,
  address_index bytea,
  sender_index  bytea NOT NULL,
  code_index    bytea,
  tries         smallint NOT NULL DEFAULT 0,
  asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  confirmed_at  timestamptz,
  told_at       timestamptz,
  ended_at      timestamptz,
  ended_by      text,
  CONSTRAINT pk_alert PRIMARY KEY (id),
  CONSTRAINT fk_alert_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT fk_alert_party_id FOREIGN KEY (party_id) REFERENCES registry.party,
  CONSTRAINT ck_alert_about CHECK (CASE about WHEN 'parcel' THEN unit_id IS NOT NULL AND party_id IS NOT NULL
    WHEN 'area' THEN party_id IS NULL ELSE false END),
  CONSTRAINT ck_alert_channel CHECK (channel IN ('email', 'sms', 'page')),
  CONSTRAINT ck_alert_language CHECK (language IN ('vi', 'en')),
  -- Whoever ended it is forgotten; an inbox on the page has no address.
  CONSTRAINT ck_alert_address CHECK ((address IS NULL) = (channel = 'page' OR ended_at IS NOT NULL)
    AND (address IS NULL) = (address_index IS NULL)),
  CONSTRAINT ck_alert_tries CHECK (tries BETWEEN 0 AND 5),
  CONSTRAINT ck_alert_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL)
    AND ended_by IN ('stopped', 'expired', 'left')),
  CONSTRAINT ck_alert_told CHECK (told_at IS NULL OR confirmed_at IS NOT NULL)
);
CREATE INDEX ix_alert_unit_id ON registry.alert (unit_id) WHERE ended_at IS NULL;
CREATE INDEX ix_alert_party_id ON registry.alert (party_id);
CREATE INDEX ix_alert_address_index ON registry.alert (address_index) WHERE address_index IS NOT NULL;
CREATE INDEX ix_alert_sender_index_asked_at ON registry.alert (sender_index, asked_at);
COMMENT ON TABLE registry.alert IS
  'Đăng ký nhận thông báo: who wants to hear of a parcel of theirs, or of plans around a place';
COMMENT ON COLUMN registry.alert.party_id IS 'Who proved to hold the parcel';
COMMENT ON COLUMN registry.alert.address IS 'E-mail address or telephone number, sealed; null once it ended';

CREATE TABLE registry.alert_area (
  alert_id uuid NOT NULL,
  geom     geometry(Geometry, {srid}) NOT NULL,
  CONSTRAINT pk_alert_area PRIMARY KEY (alert_id),
  CONSTRAINT fk_alert_area_alert_id FOREIGN KEY (alert_id) REFERENCES registry.alert,
  CONSTRAINT ck_alert_area_geom CHECK (ST_IsValid(geom) AND ST_Dimension(geom) = 2 AND ST_NPoints(geom) <= 2000
    AND ST_Area(geom) BETWEEN 1 AND 100000000)
);
CREATE INDEX ix_alert_area_geom ON registry.alert_area USING gist (geom);
COMMENT ON TABLE registry.alert_area IS 'Where plans are followed, at most 100 km²; let go when the alert ends';

CREATE TABLE registry.alert_news (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  alert_id   uuid NOT NULL,
  event_id   bigint NOT NULL,
  kind       text NOT NULL,
  subject    text NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  message_id uuid,
  CONSTRAINT pk_alert_news PRIMARY KEY (id),
  CONSTRAINT uq_alert_news_alert_id_event_id_kind UNIQUE (alert_id, event_id, kind),
  CONSTRAINT fk_alert_news_alert_id FOREIGN KEY (alert_id) REFERENCES registry.alert,
  CONSTRAINT fk_alert_news_message_id FOREIGN KEY (message_id) REFERENCES core.message,
  CONSTRAINT ck_alert_news_kind CHECK (kind IN ('parcel.changed', 'right.changed', 'plan.displayed', 'plan.adopted',
    'plan.adjusted', 'plan.cancelled', 'plan.changed'))
);
CREATE INDEX ix_alert_news_untold ON registry.alert_news (alert_id, id) WHERE message_id IS NULL;
CREATE INDEX ix_alert_news_message_id ON registry.alert_news (message_id);
COMMENT ON TABLE registry.alert_news IS
  'Tin của một đăng ký: what happened, once for each event; told together, at most once an hour';
"""

RULES = """
-- Limits: an address is not flooded by others, and one sender does not flood many.
CREATE FUNCTION registry.check_new_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(NEW.sender_index, 'hex'), 124));
  IF (SELECT count(*) FROM registry.alert a
       WHERE a.sender_index = NEW.sender_index AND a.asked_at > clock_timestamp() - interval '1 day') >= 20 THEN
    PERFORM cadastre.refuse('alert-limit', 'Too many were asked for from one place', '{"who": "sender"}');
  END IF;
  IF NEW.address_index IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(NEW.address_index, 'hex'), 125));
    IF (SELECT count(*) FROM registry.alert a WHERE a.address_index = NEW.address_index) >= 10
       OR (SELECT count(*) FROM registry.alert a WHERE a.address_index = NEW.address_index
              AND a.confirmed_at IS NULL AND a.asked_at > clock_timestamp() - interval '1 day') >= 3 THEN
      PERFORM cadastre.refuse('alert-limit', 'Too many were asked for one address', '{"who": "address"}');
    END IF;
  END IF;
  NEW.asked_at := clock_timestamp();
  NEW.confirmed_at := CASE WHEN NEW.channel = 'page' THEN clock_timestamp() END;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.check_new_alert() IS 'Limit what one sender asks for, and what one address is sent';
CREATE TRIGGER t10_begin BEFORE INSERT ON registry.alert FOR EACH ROW EXECUTE FUNCTION registry.check_new_alert();

CREATE FUNCTION registry.check_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.about, NEW.unit_id, NEW.party_id, NEW.channel, NEW.language, NEW.asked_at, NEW.sender_index)
       IS DISTINCT FROM
     (OLD.id, OLD.about, OLD.unit_id, OLD.party_id, OLD.channel, OLD.language, OLD.asked_at, OLD.sender_index)
     OR OLD.ended_at IS NOT NULL AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)
     OR OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at
     OR NEW.ended_at IS NULL AND NEW.address IS DISTINCT FROM OLD.address THEN
    PERFORM cadastre.refuse('alert-kept', 'An alert is confirmed once and ended once, never changed',
                            jsonb_build_object('alert', OLD.id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.check_alert() IS 'Let an alert be confirmed, told and ended, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON registry.alert FOR EACH ROW EXECUTE FUNCTION registry.check_alert();

CREATE FUNCTION registry.check_alert_news() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (to_jsonb(NEW) - 'message_id') IS DISTINCT FROM (to_jsonb(OLD) - 'message_id') OR OLD.message_id IS NOT NULL THEN
    PERFORM cadastre.refuse('alert-kept', 'News are told once, never changed', jsonb_build_object('news', OLD.id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.check_alert_news() IS 'Let news be told once, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON registry.alert_news
  FOR EACH ROW EXECUTE FUNCTION registry.check_alert_news();

CREATE FUNCTION registry.end_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM registry.alert_area a WHERE a.alert_id = NEW.id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION registry.end_alert() IS 'Let go of the place somebody followed';
CREATE TRIGGER t90_end AFTER UPDATE OF ended_at ON registry.alert FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION registry.end_alert();

CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON registry.alert
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON registry.alert_news
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

CREATE FUNCTION registry.holds_unit(party bigint, unit bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- By itself, or as a member of a couple, a household or a group.
  SELECT EXISTS (
    SELECT FROM registry.standing(ARRAY[$2]) s
      JOIN registry.rrr_version v ON v.id = s.version_id
      JOIN registry.holding_party h ON h.holding_id = v.holding_id
     WHERE s.class = 'right' AND (h.party_id = $1 OR EXISTS (
       SELECT FROM registry.party_member m WHERE m.party_id = h.party_id AND m.member_id = $1
          AND upper_inf(m.recorded) AND upper_inf(m.valid))))
$$;
COMMENT ON FUNCTION registry.holds_unit(bigint, bigint) IS 'Whether somebody holds a right on land now';

CREATE FUNCTION registry.holder_followed(asked text, given text, unit bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- As the office knows the applicant, or by the name on both papers where it has not said yet who that is.
  SELECT v.party_id FROM registry.dossier d
    JOIN registry.dossier_secret k ON k.dossier_id = d.id AND k.secret = $2
    JOIN registry.dossier_applicant a ON a.dossier_id = d.id AND a.capacity = 'applicant'
    JOIN registry.party_version v ON upper_inf(v.recorded) AND upper_inf(v.valid)
     AND (v.party_id = a.party_id OR a.party_id IS NULL AND v.folded = geo.vn_fold(a.name))
   WHERE d.code = $1 AND $3 IN (SELECT registry.dossier_units(d.id)) AND registry.holds_unit(v.party_id, $3)
   ORDER BY a.seq, v.party_id LIMIT 1
$$;
COMMENT ON FUNCTION registry.holder_followed(text, text, bigint) IS
  'The applicant of a dossier about a parcel who holds it now, for whoever knows code and secret; null otherwise';

CREATE FUNCTION registry.ask_alert(new_id uuid, what text, unit bigint, party bigint, by_channel text, tongue text,
  sealed bytea, digest bytea, sender bytea, code bytea, around_m double precision, drawn text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place geometry;
BEGIN
  INSERT INTO registry.alert (id, about, unit_id, party_id, channel, language, address, address_index, sender_index,
                              code_index)
  VALUES (new_id, what, unit, party, by_channel, tongue, sealed, digest, sender, code);
  IF drawn IS NOT NULL THEN
    place := ST_CollectionExtract(
      ST_MakeValid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(drawn), 4326), geo.srid())), 3);
  ELSE
    SELECT ST_Buffer(p.geom, around_m) INTO place FROM cadastre.parcel p WHERE p.unit_id = unit AND p.geom IS NOT NULL;
  END IF;
  IF place IS NOT NULL THEN
    INSERT INTO registry.alert_area (alert_id, geom) VALUES (new_id, place);
  ELSIF what = 'area' THEN
    PERFORM cadastre.refuse('alert-nowhere', 'There is no place to follow', jsonb_build_object('unit', unit));
  END IF;
END $$;
COMMENT ON FUNCTION registry.ask_alert(uuid, text, bigint, bigint, text, text, bytea, bytea, bytea, bytea,
  double precision, text) IS 'Ask to hear of a parcel, or of plans around it or in an area drawn';

CREATE FUNCTION registry.alert_told(wanted uuid)
RETURNS TABLE (id uuid, about text, unit_id bigint, channel text, language text, address bytea, asked_at timestamptz,
               confirmed_at timestamptz, ended_at timestamptz, ended_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id, a.about, a.unit_id, a.channel, a.language, a.address, a.asked_at, a.confirmed_at, a.ended_at, a.ended_by
    FROM registry.alert a WHERE a.id = $1
$$;
COMMENT ON FUNCTION registry.alert_told(uuid) IS 'How an alert stands, for whoever has its link';

CREATE FUNCTION registry.confirm_alert(wanted uuid, codes bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  a registry.alert;
BEGIN
  SELECT w.* INTO a FROM registry.alert w WHERE w.id = wanted FOR UPDATE;
  IF NOT FOUND OR a.ended_at IS NOT NULL OR a.asked_at < clock_timestamp() - interval '2 days' THEN
    RETURN false;
  ELSIF a.confirmed_at IS NOT NULL THEN
    RETURN codes IS NULL OR a.code_index = ANY (codes);
  ELSIF codes IS NOT NULL AND (a.tries >= 5 OR a.code_index <> ALL (codes)) THEN
    UPDATE registry.alert w SET tries = least(w.tries + 1, 5) WHERE w.id = wanted;
    RETURN false;
  END IF;
  UPDATE registry.alert w SET confirmed_at = clock_timestamp() WHERE w.id = wanted;
  RETURN true;
END $$;
COMMENT ON FUNCTION registry.confirm_alert(uuid, bytea[]) IS
  'Confirm an address by the code sent to it (five tries, two days), or (null) by the link sent to it';

CREATE FUNCTION registry.stop_alert(wanted uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE registry.alert a SET ended_at = clock_timestamp(), ended_by = 'stopped', address = NULL, address_index = NULL
   WHERE a.id = wanted AND a.ended_at IS NULL;
  IF FOUND THEN
    PERFORM core.drop_messages(wanted);
  END IF;
  RETURN EXISTS (SELECT FROM registry.alert a WHERE a.id = wanted);
END $$;
COMMENT ON FUNCTION registry.stop_alert(uuid) IS 'End an alert, forget its address and send nothing more of what waits';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.check_new_alert(), registry.check_alert(), registry.check_alert_news(),
  registry.end_alert(), registry.holds_unit(bigint, bigint), registry.holder_followed(text, text, bigint),
  registry.ask_alert(uuid, text, bigint, bigint, text, text, bytea, bytea, bytea, bytea, double precision, text),
  registry.alert_told(uuid), registry.confirm_alert(uuid, bytea[]), registry.stop_alert(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.holder_followed(text, text, bigint),
  registry.ask_alert(uuid, text, bigint, bigint, text, text, bytea, bytea, bytea, bytea, double precision, text),
  registry.alert_told(uuid), registry.confirm_alert(uuid, bytea[]), registry.stop_alert(uuid) TO landsvc_tracker;
GRANT EXECUTE ON FUNCTION registry.holds_unit(bigint, bigint) TO landsvc_import;
GRANT USAGE ON SCHEMA registry TO landsvc_import;
GRANT SELECT ON registry.alert, registry.alert_area, registry.alert_news TO landsvc_import;
GRANT UPDATE (told_at, ended_at, ended_by, address, address_index) ON registry.alert TO landsvc_import;
GRANT INSERT (alert_id, event_id, kind, subject), UPDATE (message_id) ON registry.alert_news TO landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (PLANS, TABLES.replace("{srid}", str(WORKING_SRID)), RULES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back; who followed what is forgotten."""
    op.execute(
        """
        DROP FUNCTION registry.stop_alert(uuid), registry.confirm_alert(uuid, bytea[]), registry.alert_told(uuid),
          registry.ask_alert(uuid, text, bigint, bigint, text, text, bytea, bytea, bytea, bytea, double precision,
            text), registry.holder_followed(text, text, bigint), registry.holds_unit(bigint, bigint);
        DROP TABLE registry.alert_news, registry.alert_area, registry.alert;
        DROP FUNCTION registry.end_alert(), registry.check_alert_news(), registry.check_alert(),
          registry.check_new_alert();
        DROP TRIGGER t90_told_insert ON planning.plan_version;
        DROP TRIGGER t90_told_update ON planning.plan_version;
        DROP TRIGGER t90_told_insert ON planning.zone;
        DROP TRIGGER t90_told_update ON planning.zone;
        DROP FUNCTION planning.tell_plan();
        DELETE FROM core.outbox_failure WHERE consumer = 'alerts';
        DELETE FROM core.outbox_cursor WHERE consumer = 'alerts';
        """
    )
