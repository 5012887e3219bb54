"""Forms of three APIs: where a model's text stands in their answers, whole and streamed."""
