"""Slips to the tax office (phiếu chuyển thông tin nghĩa vụ tài chính): issued once, signed, answered, never edited."""
