"""Text as blocks, sentences and words, with exact offsets. Knows no stage."""
