"""Take in a table of land prices: sheets of a workbook or CSV files, and the streets' lines beside them."""
