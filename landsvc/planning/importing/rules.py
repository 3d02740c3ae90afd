"""Name what an import of zones may find, in two languages. Codes are stable; texts are not.

A *defect* follows `--on-defect`; a *repair* was mended and says how; a *note* changes nothing.
"""

from __future__ import annotations

from landsvc.cadastre.importing.rules import Rule

_ALL = (
    Rule(
        "ZON-INVALID-RING",
        "repair",
        "Đường biên khu vực tự cắt hoặc sai cấu trúc; đã sửa thành vùng hợp lệ.",
        "The boundary of the zone crosses itself or is malformed; it was made valid.",
        "Đối chiếu diện tích trước và sau khi sửa.",
        "Compare the area before and after the repair.",
    ),
    Rule(
        "ZON-RING-OPEN",
        "repair",
        "Đường biên không khép kín; đã nối điểm cuối với điểm đầu.",
        "The boundary did not end where it began; it was closed.",
        "Kiểm tra xem tệp có thiếu đỉnh hay không.",
        "Check whether the file lacks a corner.",
    ),
    Rule(
        "ZON-CURVE",
        "repair",
        "Cung tròn được thay bằng đoạn thẳng (sai lệch tối đa 1 mm).",
        "Arcs were replaced by straight edges (1 mm at most).",
        "Không cần làm gì.",
        "Nothing needs to be done.",
    ),
    Rule(
        "ZON-MIXED",
        "repair",
        "Đối tượng gồm nhiều loại hình học; chỉ giữ loại có chiều cao nhất.",
        "The feature mixes surfaces, lines and points; only the highest kind was kept.",
        "Tách đối tượng trong tệp nếu cần cả phần còn lại.",
        "Split the feature in the file if the rest is needed too.",
    ),
    Rule(
        "ZON-NO-GEOMETRY",
        "defect",
        "Đối tượng không có hình học đọc được.",
        "The feature has no geometry that can be read.",
        "Bổ sung hình học trong tệp, hoặc nhập với --on-defect quarantine.",
        "Add the geometry in the file, or import with --on-defect quarantine.",
    ),
    Rule(
        "ZON-NO-CODE",
        "defect",
        "Khu vực không có mã.",
        "The zone has no code.",
        "Chỉ ra trường mã: --map zone_code=TRƯỜNG; với --on-defect admit mã là tên chuyên đề.",
        "Name the field: --map zone_code=FIELD; with --on-defect admit the theme's code stands in.",
    ),
    Rule(
        "ZON-OUTSIDE",
        "defect",
        "Khu vực nằm ngoài nơi dữ liệu này được dùng.",
        "The zone lies outside the place this database is about.",
        "Kiểm tra hệ tọa độ (--srid) và thứ tự trục.",
        "Check the reference system (--srid) and the order of the axes.",
    ),
    Rule(
        "ZON-BAD-VALUE",
        "defect",
        "Giá trị của đối tượng không đọc được (chuyên đề, hiệu lực, ngày, dự án hoặc chỉ tiêu xây dựng).",
        "A value of the feature cannot be read (theme, status, date, project or limit of building).",
        "Sửa giá trị trong tệp; với --on-defect admit giá trị của quy hoạch được dùng, chỉ tiêu thì bỏ trống.",
        "Correct the value in the file; with --on-defect admit that of the plan stands in, a limit stays empty.",
    ),
    Rule(
        "ZON-SLIVER",
        "note",
        "Khu vực hẹp hơn độ chính xác của nguồn: không phần nào của nó là chắc chắn.",
        "The zone is narrower than the accuracy of its source: no part of it is certain.",
        "Kiểm tra xem đây có phải là khe do số hóa hay không.",
        "Check whether it is left over from digitising.",
    ),
    Rule(
        "ZON-OVERLAP",
        "note",
        "Hai khu vực cùng chuyên đề chồng lấn nhau; diện tích của chuyên đề tính theo hợp của chúng.",
        "Two zones of one theme overlap; the theme's area is that of their union.",
        "Không cần làm gì nếu đúng chủ định.",
        "Nothing needs to be done if it is meant.",
    ),
)
RULES = {rule.code: rule for rule in _ALL}
