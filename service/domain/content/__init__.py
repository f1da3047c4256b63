"""What a newsroom publishes: articles with their texts and teasers, and the feeds they come by."""
