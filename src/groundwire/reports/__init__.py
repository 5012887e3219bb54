"""What is made of a report: citations, a masked copy, a view for a terminal."""
