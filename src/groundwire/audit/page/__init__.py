"""Page of an audit: what it embeds, its charts, and its template, styles and script."""
