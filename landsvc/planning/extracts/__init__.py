"""Issue planning extracts (trích lục thông tin quy hoạch), archive them as issued, and say whether they still hold."""
