"""What the tax office says is owed (thông báo nộp tiền), mirrored, and the payments that are for it."""
