"""Name what is wrong in a table of land prices, in two languages. Codes are stable; texts are not."""

from __future__ import annotations

from dataclasses import dataclass

from landsvc.cadastre.importing.rules import Rule


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; rows count from 1 with the headings, empty rows left out."""

    rule: str
    sheet: str
    row: int | None = None
    column: str | None = None
    given: str = ""


_ALL = (
    Rule(
        "PRI-NO-SHEET",
        "defect",
        "Thiếu trang (hoặc tệp CSV) bắt buộc.",
        "A sheet (or CSV file) that must be there is missing.",
        "Thêm trang với tên đã nêu: decision, rules, prices.",
        "Add a sheet with the name told: decision, rules, prices.",
    ),
    Rule(
        "PRI-NO-COLUMN",
        "defect",
        "Thiếu cột bắt buộc.",
        "A column that must be there is missing.",
        "Thêm cột với tên đã nêu ở dòng tiêu đề.",
        "Add a column with the name told to the row of headings.",
    ),
    Rule(
        "PRI-EMPTY",
        "defect",
        "Ô bắt buộc để trống.",
        "A cell that must be filled is empty.",
        "Điền giá trị vào ô.",
        "Fill the cell.",
    ),
    Rule(
        "PRI-BAD-VALUE",
        "defect",
        "Giá trị không đọc được hoặc ngoài phạm vi.",
        "The value cannot be read, or is out of range.",
        "Sửa ô: số, ngày (2026-01-31 hoặc 31/01/2026), hoặc một trong các từ cho phép.",
        "Mend the cell: a number, a date (2026-01-31 or 31/01/2026), or one of the words allowed.",
    ),
    Rule(
        "PRI-UNKNOWN",
        "defect",
        "Mã được nhắc đến nhưng không có trong bảng, trong danh mục loại đất hoặc danh sách xã.",
        "A code is named that neither the table, the land uses nor the communes have.",
        "Sửa mã, hoặc thêm dòng cho mã đó.",
        "Mend the code, or add a row for it.",
    ),
    Rule(
        "PRI-TWICE",
        "defect",
        "Hai dòng nói về cùng một thứ.",
        "Two rows speak about the same thing.",
        "Xóa một trong hai dòng.",
        "Take one of the rows out.",
    ),
    Rule(
        "PRI-PLACE",
        "defect",
        "Giá phải thuộc đúng một đoạn đường hoặc một khu vực; hẻm không có giá riêng.",
        "A price belongs to one street or one zone; alleys have no price of their own.",
        "Điền một trong hai cột segment, zone.",
        "Fill one of the columns segment and zone.",
    ),
    Rule(
        "PRI-BANDS",
        "defect",
        "Các dải chiều sâu của một vị trí phải bắt đầu từ 0, nối tiếp nhau và dải cuối để mở.",
        "The bands of a position must begin at 0 and join, and the last one has no end.",
        "Sửa from_m và to_m; để trống to_m của dải cuối.",
        "Mend from_m and to_m; leave to_m of the last band empty.",
    ),
    Rule(
        "PRI-NO-SHAPE",
        "defect",
        "Đoạn đường không có hình trong tệp --segments.",
        "The street has no line in the file given with --segments.",
        "Vẽ đoạn đường với cùng mã, hoặc bỏ dòng.",
        "Draw the stretch with the same code, or take the row out.",
    ),
    Rule(
        "PRI-BAD-SHAPE",
        "defect",
        "Hình của đoạn đường không phải là một đường liền.",
        "The shape of the street is not one unbroken line.",
        "Nối các khúc, hoặc chia thành nhiều đoạn có mã riêng.",
        "Join the pieces, or make them stretches with codes of their own.",
    ),
    Rule(
        "PRI-EXTRA-SHAPE",
        "note",
        "Tệp --segments có đường không có trong trang segments; đã bỏ qua.",
        "The file given with --segments has a line that the sheet segments has not; it was left out.",
        "Thêm dòng cho mã đó nếu cần.",
        "Add a row for its code if it is wanted.",
    ),
)
RULES = {rule.code: rule for rule in _ALL}
