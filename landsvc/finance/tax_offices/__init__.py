"""Name the tax offices and the communes each serves (cơ quan thuế quản lý khoản thu)."""
