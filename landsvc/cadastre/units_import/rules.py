"""Name what an import of units may find wrong, in two languages, with the way out."""

from __future__ import annotations

from landsvc.cadastre.importing.rules import Rule

_ALL = (
    Rule(
        "UNI-BAD-CODE",
        "defect",
        "Mã đơn vị hành chính thiếu hoặc sai: tỉnh 2 chữ số, huyện 3, xã 5.",
        "The unit's code is missing or wrong: a province has 2 digits, a district 3, a commune 5.",
        "Sửa mã trong tệp, hoặc chỉ đúng trường bằng --map code=TRƯỜNG.",
        "Correct the code in the file, or name its field with --map code=FIELD.",
    ),
    Rule(
        "UNI-NO-NAME",
        "defect",
        "Đơn vị không có tên; khi nhập với --on-defect admit, mã được dùng làm tên.",
        "The unit has no name; with --on-defect admit its code stands in.",
        "Bổ sung tên, hoặc chỉ đúng trường bằng --map name=TRƯỜNG.",
        "Add the name, or name its field with --map name=FIELD.",
    ),
    Rule(
        "UNI-BAD-DATE",
        "defect",
        "Ngày hiệu lực không đọc được, hoặc ngày cuối trước ngày đầu.",
        "A day of validity cannot be read, or the last lies before the first.",
        "Ghi ngày dạng 2025-07-01 hoặc 01/07/2025.",
        "Write days as 2025-07-01 or 01/07/2025.",
    ),
    Rule(
        "UNI-DUPLICATE",
        "defect",
        "Mã xuất hiện hai lần trong tệp cho cùng thời gian.",
        "The code occurs twice in the file for the same days.",
        "Bỏ dòng lặp, hoặc ghi rõ thời gian hiệu lực của từng dòng.",
        "Remove the repeated row, or say which days each one holds.",
    ),
    Rule(
        "UNI-TAKEN",
        "defect",
        "Mã này đã có trong hệ thống cho cùng thời gian, với tên khác.",
        "A unit with this code stands in the register in those days under another name.",
        "Nhập với --onto replace và ngày bắt đầu (--valid-from): đơn vị cũ kết thúc vào ngày trước đó.",
        "Import with --onto replace and a first day (--valid-from): the older unit ends the day before.",
    ),
    Rule(
        "UNI-NOT-SURFACE",
        "defect",
        "Hình của đơn vị không phải vùng hay điểm.",
        "The unit's shape is neither an area nor a point.",
        "Xuất lại lớp dạng vùng, hoặc nhập với --on-defect admit: đơn vị không có ranh giới.",
        "Export the layer as areas, or use --on-defect admit: the unit has no boundary then.",
    ),
    Rule(
        "UNI-OUTSIDE",
        "defect",
        "Đơn vị nằm ngoài địa bàn của cơ sở dữ liệu.",
        "The unit lies outside the land of this database.",
        "Kiểm tra hệ tọa độ (--srid).",
        "Check the reference system (--srid).",
    ),
    Rule(
        "UNI-OVERLAP",
        "note",
        "Ranh giới chồng lên đơn vị khác trong tệp hơn 1 m².",
        "The boundary overlaps another unit of the file by more than 1 m².",
        "Đối chiếu địa giới hành chính; thửa đất không bị ảnh hưởng.",
        "Compare the boundaries of the units; parcels are not affected.",
    ),
    Rule(
        "UNI-INVALID-RING",
        "repair",
        "Ranh giới tự cắt; đã sửa thành vùng hợp lệ.",
        "The boundary crosses itself; it was made valid.",
        "Đối chiếu diện tích trước và sau khi sửa.",
        "Compare the area before and after the repair.",
    ),
)
RULES = {rule.code: rule for rule in _ALL}
