"""Fields are guessed from the names Vietnamese survey programs give them, and every guess can be overruled."""

from __future__ import annotations

import pytest
from landsvc.cadastre.importing.mapping import TARGETS, UnknownField, UnknownTarget, choose, fold

ALL = ("sheet_no", "parcel_no", "use_code", "legal_area_m2", "holder", "address", "commune")


@pytest.mark.parametrize(
    "fields",
    [
        ("SHBANDO", "SHTHUA", "KHLOAIDAT", "DIENTICH", "TENCHU", "DIACHI", "MAXA"),
        ("soTo", "soThua", "loaiDat", "dtPhapLy", "tenChuSDD", "diaChiThua", "maXa"),
        ("SOHIEUTOBA", "SOTHUTUTHU", "MUCDICHSUD", "DIENTICHPH", "TENNGUOISU", "DIACHITHUA", "MAXAPHUONG"),
        ("Số tờ", "Số thửa", "Loại đất", "Diện tích (m2)", "Chủ sử dụng", "Địa chỉ", "Mã xã"),
        ("to_ban_do", "so_thua_dat", "MDSD", "Diện tích pháp lý", "Họ tên", "Xứ đồng", "MaDVHC"),
    ],
)
def test_names_of_survey_programs_are_known(fields: tuple[str, ...]) -> None:
    chosen = choose(["OBJECTID", *fields, "SHAPE_AREA"], {})
    assert chosen.fields == dict(zip(ALL, fields, strict=True))
    assert chosen.guessed == set(ALL)


def test_the_legal_area_wins_over_the_measured_one_and_the_address_of_the_land_over_the_holders() -> None:
    chosen = choose(["DIENTICH", "DTPHAPLY", "DIACHI", "DIACHITHUA"], {})
    assert chosen.fields == {"legal_area_m2": "DTPHAPLY", "address": "DIACHITHUA"}


def test_old_numbers_and_other_fields_are_not_taken() -> None:
    assert choose(["SOTOCU", "SOTHUACU", "GHICHU", "NGAYCAP"], {}).fields == {}


def test_a_guess_is_overruled_or_left_out() -> None:
    chosen = choose(["SHTHUA", "SOTHUAMOI", "TENCHU"], {"parcel_no": "sothuamoi", "holder": ""})
    assert chosen.fields == {"parcel_no": "SOTHUAMOI"}
    assert chosen.guessed == set()


def test_wrong_names_are_refused() -> None:
    with pytest.raises(UnknownField, match="SHTHUA"):
        choose(["SHTHUA"], {"parcel_no": "SOTHUA"})
    with pytest.raises(UnknownTarget, match="sheet_no"):
        choose(["SHTHUA"], {"sheet": "SHTHUA"})


def test_known_names_are_folded_and_belong_to_one_target() -> None:
    every = [name for known in TARGETS.values() for name in known]
    assert every == [fold(name) for name in every]
    assert len(every) == len(set(every))
