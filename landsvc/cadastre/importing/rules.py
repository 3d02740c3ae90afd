"""Name what an import may find wrong, in two languages, with the way out. Codes are stable; texts are not.

A *defect* follows `--on-defect`; a *repair* was mended and says how; a *note* changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["defect", "repair", "note"]


@dataclass(frozen=True)
class Rule:
    """One thing an import looks at."""

    code: str
    kind: Kind
    vi: str
    en: str
    way_out_vi: str
    way_out_en: str
    whole_file: bool = False
    """Whether it speaks of the file and not of single rows."""


_ALL = (
    Rule(
        "IMP-INVALID-RING",
        "repair",
        "Đường biên thửa tự cắt hoặc sai cấu trúc; đã sửa thành vùng hợp lệ.",
        "The boundary crosses itself or is malformed; it was made valid.",
        "Đối chiếu diện tích trước và sau khi sửa.",
        "Compare the area before and after the repair.",
    ),
    Rule(
        "IMP-RING-OPEN",
        "repair",
        "Đường biên không khép kín; đã nối điểm cuối với điểm đầu.",
        "The boundary did not end where it began; it was closed.",
        "Kiểm tra xem tệp có thiếu đỉnh hay không.",
        "Check whether the file lacks a corner.",
    ),
    Rule(
        "IMP-CURVE",
        "repair",
        "Cung tròn được thay bằng đoạn thẳng (sai lệch tối đa 1 mm).",
        "Arcs were replaced by straight edges (1 mm at most).",
        "Không cần làm gì.",
        "Nothing needs to be done.",
    ),
    Rule(
        "IMP-OVERLAP",
        "defect",
        "Hai thửa chồng lấn nhau.",
        "Two parcels overlap.",
        "Sửa ranh giới trong tệp, hoặc nhập với --on-defect quarantine hay admit.",
        "Correct the boundary in the file, or import with --on-defect quarantine or admit.",
    ),
    Rule(
        "IMP-GAP",
        "note",
        "Có khe hở giữa các thửa trong phạm vi đã đo vẽ.",
        "There is uncovered land between the parcels.",
        "Kiểm tra ranh giới hoặc bổ sung thửa còn thiếu.",
        "Check the boundaries, or add the parcel that is missing.",
    ),
    Rule(
        "IMP-DUPLICATE",
        "defect",
        "Trùng số tờ, số thửa hoặc trùng hình thửa.",
        "The sheet and number, or the shape, occur twice.",
        "Đánh số lại hoặc bỏ thửa lặp; khi nhập với --on-defect admit, thửa sau không giữ số.",
        "Renumber or remove the repeated one; with --on-defect admit the later parcel has no number.",
    ),
    Rule(
        "IMP-SLIVER",
        "defect",
        "Thửa quá hẹp hoặc quá nhỏ (rộng dưới 10 cm hoặc dưới 0,1 m²).",
        "The parcel is a sliver (narrower than 10 cm, or below 0.1 m²).",
        "Nhập thửa vào thửa bên cạnh trong tệp gốc.",
        "Merge it with its neighbour in the source file.",
    ),
    Rule(
        "IMP-ZONE",
        "note",
        "Hệ tọa độ của tệp là phỏng đoán; tọa độ cũng nằm trong tỉnh ở hệ khác.",
        "The reference system was guessed, and the coordinates would also lie in the province in another.",
        "Đối chiếu với bản đồ; nêu hệ tọa độ đúng bằng --srid.",
        "Compare with a map; state the right system with --srid.",
        whole_file=True,
    ),
    Rule(
        "IMP-AXIS",
        "repair",
        "Tọa độ trong tệp ghi Bắc trước Đông; đã đọc theo thứ tự Đông, Bắc.",
        "The file writes northing before easting; it was read as easting, northing.",
        "Nếu không đúng, nhập với --no-swap-axes.",
        "If that is wrong, import with --no-swap-axes.",
        whole_file=True,
    ),
    Rule(
        "IMP-COLUMNS-SWAPPED",
        "repair",
        "Hai cột tọa độ của bảng bị đổi chỗ: cột X ghi hướng Đông, cột Y ghi hướng Bắc; đã đọc theo vị trí trong tỉnh.",
        "The table's columns are swapped: X holds the easting and Y the northing; they were read by where they fall.",
        "Nếu không đúng, nhập với --no-swap-axes; nên sửa lại tên cột trong bảng.",
        "If that is wrong, import with --no-swap-axes; better correct the heads of the table.",
        whole_file=True,
    ),
    Rule(
        "IMP-POINT-EXCHANGED",
        "repair",
        "Một điểm của thửa ghi X và Y đổi chỗ so với các điểm khác; đã đổi lại.",
        "A point of the parcel has X and Y exchanged against all others; they were put back.",
        "Kiểm tra dòng đã nêu trong bảng.",
        "Check the row of the table that is named.",
    ),
    Rule(
        "IMP-POINT-UNREADABLE",
        "defect",
        "Tọa độ của một điểm để trống hoặc không phải là số.",
        "A coordinate of a point is blank or no number.",
        "Sửa dòng đã nêu trong bảng kê tọa độ.",
        "Correct the row of the table that is named.",
    ),
    Rule(
        "IMP-EDGE-LENGTH",
        "note",
        "Chiều dài cạnh ghi trong bảng khác chiều dài tính theo tọa độ.",
        "The length of an edge in the table differs from the length between its points.",
        "Đối chiếu với hồ sơ đo đạc: tọa độ hay chiều dài đã ghi sai.",
        "Compare with the survey: either the coordinates or the length is wrong.",
    ),
    Rule(
        "IMP-SCALE-FACTOR",
        "defect",
        "Tệp có vẻ dùng hệ số tỷ lệ k = 0,9996 thay vì 0,9999.",
        "The file seems to use the scale factor k = 0.9996 instead of 0.9999.",
        "Nhập với --scale-factor 0.9996; nếu chỉ phần mô tả của tệp ghi sai, với --scale-factor 0.9999.",
        "Import with --scale-factor 0.9996; if only the file's description is wrong, with --scale-factor 0.9999.",
        whole_file=True,
    ),
    Rule(
        "IMP-WRONG-ZONE",
        "defect",
        "Các thửa nằm ngoài xã của chúng, nhưng nằm trong xã nếu tọa độ thuộc múi khác.",
        "The parcels lie outside their communes, and would lie inside if the coordinates were in another zone.",
        "Nêu đúng múi bằng --srid; nếu tọa độ đúng thì sửa mã xã hoặc nêu --commune.",
        "State the right zone with --srid; if the coordinates are right, correct the commune codes or state --commune.",
        whole_file=True,
    ),
    Rule(
        "IMP-NO-NUMBER",
        "defect",
        "Thửa không có số tờ hoặc số thửa.",
        "The parcel has no sheet or no number.",
        "Bổ sung số trong tệp, hoặc nêu trường bằng --map sheet_no=… --map parcel_no=….",
        "Add the number in the file, or name the fields with --map sheet_no=… --map parcel_no=….",
    ),
    Rule(
        "IMP-NO-GEOMETRY",
        "note",
        "Dòng không có hình thửa; có số thửa nên ghi là thửa chưa có bản đồ.",
        "The row has no geometry; having a number, it is kept as an unmapped parcel.",
        "Bổ sung hình thửa khi có bản đồ.",
        "Attach the geometry when the map is made.",
    ),
    Rule(
        "IMP-NOTHING",
        "defect",
        "Dòng không có hình thửa và cũng không có số thửa.",
        "The row has neither a geometry nor a number.",
        "Xóa dòng trong tệp, hoặc nhập với --on-defect quarantine.",
        "Remove the row from the file, or import with --on-defect quarantine.",
    ),
    Rule(
        "IMP-NOT-SURFACE",
        "defect",
        "Hình của dòng không phải là vùng (điểm, đường, tọa độ không phải là số, hoặc không đọc được).",
        "The geometry of the row is not an area (points, lines, a coordinate that is no number, or not readable).",
        "Chọn đúng lớp thửa bằng --layer, hoặc khép đường thành vùng trong tệp gốc; --on-defect quarantine để riêng.",
        "Choose the layer of parcels with --layer, or make areas in the source; or use --on-defect quarantine.",
    ),
    Rule(
        "IMP-COLLECTION",
        "repair",
        "Hình gồm vùng lẫn với điểm hoặc đường; chỉ lấy phần vùng.",
        "The geometry mixes areas with points or lines; the areas were taken.",
        "Xem lại phần điểm, đường đã bỏ.",
        "Look at the points and lines that were left out.",
    ),
    Rule(
        "IMP-ENCODING",
        "note",
        "Chữ trong tệp được chuyển từ bảng mã khác, hoặc lẫn nhiều bảng mã.",
        "The text was turned into Unicode from another encoding, or from several.",
        "Xem lại tên và địa chỉ; nếu sai, nêu --encoding.",
        "Look at names and addresses; if they are wrong, state --encoding.",
        whole_file=True,
    ),
    Rule(
        "IMP-OUTSIDE",
        "defect",
        "Thửa nằm ngoài xã đã nêu hơn 100 m.",
        "The parcel lies more than 100 m outside the commune it names.",
        "Sửa mã xã trong tệp hoặc nêu --commune.",
        "Correct the commune code in the file, or state --commune.",
    ),
    Rule(
        "IMP-UNKNOWN-COMMUNE",
        "defect",
        "Không biết mã xã của dòng này.",
        "The commune code of the row is not known.",
        "Nhập đơn vị hành chính trước (landsvc import units), hoặc nêu --commune.",
        "Import the units first (landsvc import units), or state --commune.",
    ),
    Rule(
        "IMP-USE-UNKNOWN",
        "defect",
        "Mã loại đất không có trong danh mục; thửa được ghi không có mục đích sử dụng.",
        "The land-use code is not in the list; the parcel is loaded without a use.",
        "Sửa mã loại đất trong tệp hoặc bổ sung danh mục.",
        "Correct the code in the file, or add it to the list.",
    ),
    Rule(
        "IMP-USE-LEGACY",
        "note",
        "Mã loại đất cũ được đổi sang mã hiện hành.",
        "A land-use code of an older list was replaced by today's.",
        "Không cần làm gì.",
        "Nothing needs to be done.",
    ),
    Rule(
        "IMP-USE-SHARE",
        "note",
        "Thửa có nhiều mục đích mà tệp không nêu diện tích từng mục đích; tạm chia đều.",
        "Several uses without an area of each; equal parts stand in.",
        "Ghi diện tích từng mục đích theo giấy chứng nhận.",
        "Record the area of each use from the certificate.",
    ),
    Rule(
        "IMP-NO-AREA",
        "note",
        "Không có diện tích pháp lý; tạm lấy diện tích tính theo tọa độ.",
        "No registered area is given; the measured area stands in.",
        "Nêu trường diện tích bằng --map legal_area_m2=….",
        "Name the field with --map legal_area_m2=….",
    ),
    Rule(
        "IMP-AREA-DIFF",
        "note",
        "Diện tích pháp lý khác diện tích tính toán hơn 1 % và hơn 1 m².",
        "Registered and measured area differ by more than 1 % and more than 1 m².",
        "Kiểm tra lại hồ sơ; cả hai số đều được giữ.",
        "Check the file of the parcel; both numbers are kept.",
    ),
    Rule(
        "IMP-LINE-OPEN",
        "defect",
        "Đường ranh không khép kín: một đầu đường để hở.",
        "Boundary lines do not close: an end hangs.",
        "Nối đầu đường với đường bên cạnh trong bản vẽ; khe hở nhỏ hơn có thể tự khép bằng --gap-tolerance.",
        "Lead the end to the line beside it in the drawing; --gap-tolerance closes gaps up to a width you state.",
    ),
    Rule(
        "IMP-LINE-JOINED",
        "repair",
        "Khe hở nhỏ giữa các đường ranh đã được khép kín.",
        "A small gap between boundary lines was closed.",
        "Kiểm tra chỗ khép; khe hở lớn nhất được khép đặt bằng --gap-tolerance.",
        "Check the place; --gap-tolerance sets the widest gap that is closed.",
    ),
    Rule(
        "IMP-LINE-TRIMMED",
        "repair",
        "Đường ranh vẽ quá đường nó gặp; phần thừa đã được cắt bỏ.",
        "A boundary line went beyond the line it meets; the excess was cut off.",
        "Không cần làm gì.",
        "Nothing needs to be done.",
    ),
    Rule(
        "IMP-LINE-DOUBLE",
        "defect",
        "Một đường ranh được vẽ hai lần, lệch nhau; giữa hai đường có vùng hẹp không nhãn.",
        "A boundary was drawn twice a little apart; between the two lies a narrow polygon without label.",
        "Xóa một trong hai đường trong bản vẽ.",
        "Remove one of the two lines from the drawing.",
    ),
    Rule(
        "IMP-LINE-UNUSED",
        "note",
        "Đường nối hai ranh mà không ngăn cách hai thửa nào.",
        "A line joins two boundaries and parts no two parcels.",
        "Xem lại đường này; có thể thiếu một đường ranh bên cạnh.",
        "Look at this line; a boundary beside it may be missing.",
    ),
    Rule(
        "IMP-NOT-READ",
        "note",
        "Bản vẽ có đối tượng không đọc được; đã bỏ qua.",
        "The drawing holds things that cannot be read; they were left out.",
        "Nếu đó là ranh thửa, hãy chuyển thành đường gấp khúc trong bản vẽ rồi nhập lại.",
        "If they are boundaries, turn them into polylines in the drawing and import again.",
        whole_file=True,
    ),
    Rule(
        "IMP-LABEL-OUTSIDE",
        "defect",
        "Nhãn thửa nằm ngoài mọi thửa.",
        "The label of a parcel lies outside every polygon.",
        "Dời nhãn vào trong thửa, hoặc khép kín đường ranh quanh nhãn.",
        "Move the label into its parcel, or close the lines around it.",
    ),
    Rule(
        "IMP-LABEL-TWICE",
        "defect",
        "Một thửa có hai nhãn.",
        "There are two labels in one polygon.",
        "Bổ sung đường ranh giữa hai thửa, hoặc xóa nhãn thừa.",
        "Draw the boundary that is missing between them, or remove the label that is too many.",
    ),
    Rule(
        "IMP-LABEL-MISSING",
        "defect",
        "Thửa không có nhãn.",
        "The polygon has no label.",
        "Ghi nhãn trong thửa (đường, kênh: mã loại đất như DGT, DTL); xóa vùng thừa nếu không phải thửa.",
        "Write a label inside (a land-type code such as DGT or DTL for roads, canals), or remove what is no parcel.",
    ),
    Rule(
        "IMP-LABEL-UNREADABLE",
        "defect",
        "Không đọc được nhãn thửa.",
        "The label of the polygon cannot be read.",
        "Ghi lại nhãn theo dạng: loại đất, số thửa trên diện tích (ODT, 345/152.4).",
        "Write the label as land type, and number over area (ODT, 345/152.4).",
    ),
)
RULES: dict[str, Rule] = {rule.code: rule for rule in _ALL}
