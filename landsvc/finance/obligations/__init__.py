"""What is owed (nghĩa vụ tài chính về đất đai), estimated from dated parameters; the tax office's notice decides."""
