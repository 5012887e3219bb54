"""Files of any format as a stream of rows."""
