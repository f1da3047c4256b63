"""The Harbour Courier's page renderer: a newspaper's own web server, which knows Standfirst by HTTP alone."""
