"""Commands that run the service, or look after the host that it runs on."""
