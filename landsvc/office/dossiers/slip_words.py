"""Say in official Vietnamese what the members of a slip are called: the printed slip has no other language.

What a later slip tells besides is printed under the name it bears in the published shape, so that nothing is left out.
Source: the blocks of the form of Nghị định 151/2025/NĐ-CP, Mẫu 19, and Nghị định 252/2026/NĐ-CP Điều 17 khoản 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from landsvc.office.certificates.sheet import DOCUMENTS

UNKNOWN, NONE_SAID, NONE_KEPT = "chưa rõ", "không có", "sổ đăng ký không ghi nhận"
BLOCKS: Mapping[str, str] = {
    "dossier": "I. Thông tin hồ sơ",
    "parties": "II. Thông tin về các bên",
    "land": "III. Thông tin về thửa đất",
    "assets": "IV. Thông tin về tài sản gắn liền với đất",
    "contract": "V. Thông tin về hợp đồng, giao dịch",
    "relief": "VI. Miễn, giảm, ghi nợ nghĩa vụ tài chính",
    "deductions": "VII. Các khoản được trừ",
    "attachments": "VIII. Giấy tờ kèm theo",
}
"""The blocks of the form, in its order."""
MORE = "Thông tin khác"
PLACES: Mapping[str, str] = {"chosenParcel": "deductions", "deferral": "relief", "quota": "land"}
"""In which block a member stands that is no block of its own."""
LABELS: Mapping[str, str] = {
    "dossier": "Mã hồ sơ",
    "procedure": "Mã thủ tục",
    "procedureName": "Thủ tục",
    "case": "Trường hợp",
    "receivedAt": "Ngày nhận đủ hồ sơ hợp lệ",
    "legalBasis": "Căn cứ pháp lý",
    "taxes": "Khoản thu đề nghị xác định",
    "sender": "Đơn vị chuyển phiếu",
    "taxOffice": "Mã cơ quan thuế",
    "taxOfficeName": "Cơ quan thuế",
    "role": "Tư cách",
    "name": "Tên",
    "party": "Mã trong sổ đăng ký",
    "kind": "Loại",
    "identity": "Giấy tờ, mã số thuế",
    "bornOn": "Ngày sinh",
    "bornYear": "Năm sinh",
    "address": "Địa chỉ",
    "addressOld": "Địa chỉ theo đơn vị hành chính cũ",
    "oldAddress": "Địa chỉ theo đơn vị hành chính cũ",
    "contact": "Liên hệ",
    "share": "Phần quyền",
    "number": "Số",
    "ref": "Thửa đất",
    "code": "Mã",
    "communeName": "Xã, phường",
    "commune": "Mã xã, phường",
    "sheet": "Tờ bản đồ số",
    "parcelNo": "Thửa đất số",
    "areaM2": "Diện tích",
    "sharedM2": "Diện tích sử dụng chung",
    "privateM2": "Diện tích sử dụng riêng",
    "uses": "Mục đích sử dụng",
    "use": "Mục đích",
    "useCode": "Mục đích",
    "origin": "Nguồn gốc",
    "termUntil": "Thời hạn đến",
    "certificates": "Giấy chứng nhận",
    "serial": "Số phát hành",
    "issuedOn": "Ngày cấp",
    "prices": "Giá đất theo bảng giá",
    "price": "Giá đất theo bảng giá",
    "area": "Khu vực",
    "street": "Đường",
    "segment": "Đoạn đường",
    "position": "Vị trí",
    "band": "Dải độ sâu",
    "depthBand": "Dải độ sâu",
    "unitVnd": "Đơn giá mỗi m²",
    "unitPriceVnd": "Đơn giá mỗi m²",
    "coefficient": "Hệ số K",
    "sharePct": "Tỷ lệ diện tích",
    "valueVnd": "Giá trị",
    "decision": "Quyết định",
    "decisionNo": "Quyết định số",
    "decidedOn": "Ngày quyết định",
    "confirmed": "Vị trí đã được xác nhận",
    "quota": "Hạn mức",
    "quotaM2": "Hạn mức",
    "quotaUsedM2": "Hạn mức đã dùng",
    "quotaLeftM2": "Hạn mức còn lại",
    "signedOn": "Ngày ký",
    "effectiveOn": "Ngày có hiệu lực",
    "notary": "Nơi công chứng, chứng thực",
    "landVnd": "Giá đất theo hợp đồng",
    "assetsVnd": "Giá tài sản theo hợp đồng",
    "taxPayer": "Bên nộp thuế thu nhập",
    "who": "Người được hưởng",
    "document": "Giấy tờ chứng minh",
    "deferral": "Đề nghị ghi nợ",
    "amountVnd": "Số tiền",
    "chosenParcel": "Thửa đất chọn tính theo hạn mức",
    "title": "Tên giấy tờ",
    "form": "Hình thức",
    "sha256": "SHA-256 của tệp",
}
"""Members in the order in which they are printed."""
LABELS_IN: Mapping[str, Mapping[str, str]] = {
    "attachments": {"document": "Mã loại giấy tờ"},
    "contract": {"number": "Số hợp đồng"},
}
"""What a member is called in one block only."""
VALUES: Mapping[str, Mapping[str, str]] = {
    "role": {
        "transferor": "Bên chuyển quyền",
        "transferee": "Bên nhận quyền",
        "applicant": "Người nộp hồ sơ",
        "representative": "Người đại diện nộp hồ sơ",
    },
    "kind": {
        **{code: said.removesuffix(" số") for code, said in DOCUMENTS.items()},
        "individual": "Cá nhân",
        "organisation": "Tổ chức",
        "household": "Hộ gia đình",
        "community": "Cộng đồng dân cư",
        "state": "Nhà nước",
        "compensation-advanced": "Tiền bồi thường, hỗ trợ đã ứng trước",
        "already-paid": "Tiền đã nộp",
    },
    "form": {"original": "bản chính", "certified": "bản sao chứng thực", "copy": "bản sao", "scan": "bản quét"},
    "taxPayer": {"seller": "Bên chuyển quyền", "buyer": "Bên nhận quyền (nộp thay)"},
    "taxes": {
        "T": "Thuế thu nhập từ chuyển quyền",
        "B": "Lệ phí trước bạ",
        "S": "Tiền sử dụng đất",
        "L": "Tiền thuê đất",
    },
}
NULLS: Mapping[str, str] = {
    "case": "thông thường",
    "share": "không chia phần",
    "sha256": "không có tệp điện tử",
    "chosenParcel": "không chọn",
    "termUntil": "lâu dài hoặc chưa rõ",
}
"""What a null says where it does not say that the register does not know."""
