"""Input and output: files of any format as streams of rows, and files written whole."""
