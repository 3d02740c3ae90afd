"""Keep certificates of land (Giấy chứng nhận): their serial numbers, states, annotations, blanks and prints."""
