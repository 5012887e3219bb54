"""Reports as people see them: citations, a masked copy, a view for a terminal, a schema."""
