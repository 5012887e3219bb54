"""Server: answers checked over HTTP, and a guarded proxy of an OpenAI-compatible model."""
