"""XLSX workbooks, read within limits and written."""
